"""The process that trains one run: signals, what run.json says, and the marker."""

import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from mpo_repro.config import ConfigError
from mpo_repro.config.recipes import recipe_hash
from mpo_repro.config.whole import write_text
from mpo_repro.training import memory, run_folder
from mpo_repro.training.checkpoint import StaleCheckpointError
from mpo_repro.training.cohort import Cohort
from mpo_repro.training.fused import CompilerError
from mpo_repro.training.guard import UnsoundRunError
from mpo_repro.training.inspection import forget_stopped
from mpo_repro.training.lock import lock
from mpo_repro.training.member import Member
from mpo_repro.training.plan import Plan, Progress
from mpo_repro.training.run import InterruptedRunError, Run

# What run.json says until the process has come to say how it ended.
DIED = {"ended": "failed", "reason": "still training, or the process died"}


def train(
    plan: Plan,
    folder: Path,
    progress: Callable[[Progress], None] | None = None,
    start: Callable[[Plan, Path], Any] = Run,
    wait: bool = False,
) -> Path:
    """Trains one run to its budget, resuming what the folder holds.

    Args:
      plan: what to train.
      folder: the run folder, made if it does not exist.
      progress: called now and then with the state of things.
      start: makes the run: that of MPO, or another algorithm's with its interface.
      wait: while another process trains in this folder; then there may be nothing left
        to do.

    Returns:
      The path of the marker file.

    Raises:
      InterruptedRunError: on SIGINT or SIGTERM; the state is saved first.
      StaleCheckpointError: if the folder belongs to another configuration or seed, or
        its checkpoint is damaged beyond the one before it.
      LockedError: if another process trains in this folder and this one may not wait.
      UnsoundRunError: if the run stopped over its numbers; see `inspection`.
      ConfigError: if what its execution path needs is missing here.
      OSError: if the folder cannot be written; what was there before stays.
    """
    refuse_foreign(folder, plan)
    marker = run_folder.marker(folder, plan.steps)
    if marker.exists():
        return marker
    folder.mkdir(parents=True, exist_ok=True)
    with lock(folder, wait), stop_on_signals() as stop:
        while not marker.exists():
            with telling_of_start([plan], [folder]):
                run = start(plan, folder)
            with suppress(CompilerError):  # it starts again, without the compiler
                go_on(run, progress, stop)
                mark(run)
    return marker


def mark(run: Run | Member) -> None:
    """Says of a run that has reached its budget that it has."""
    plan = run.plan
    content = {"steps": plan.steps, "hash": run.hash, "finished": True}
    marker = run_folder.marker(run.folder, plan.steps)
    run_folder.write_json(marker, content | {"seed": plan.seed})
    forget_stopped(run.folder)


@contextmanager
def telling_of_start(plans: Sequence[Plan], folders: Sequence[Path]) -> Iterator[None]:
    """Has each run.json tell of a start that fails, or in which the process is killed.

    It may be there that memory does not suffice: all of a run's is asked for.

    Args:
      plans: of the runs that start within it.
      folders: theirs.
    """
    pairs = zip(plans, folders, strict=True)
    about = {folder / "run.json": _describe(plan) for plan, folder in pairs}
    before = {path: path.read_text("utf-8") for path in about if path.exists()}
    _tell(about, dict.fromkeys(about, DIED))
    try:
        yield
    except Exception as error:
        with suppress(OSError):  # as in `go_on`
            _tell(about, dict.fromkeys(about, DIED | {"reason": _reason(error)}))
            if isinstance(error, StaleCheckpointError | ValueError):
                # Refused: the folder may be another run's, which alone speaks for it.
                for path in about.keys() - before.keys():
                    path.unlink()
            if isinstance(error, ConfigError):  # the run stays as it was
                for path, content in before.items():
                    write_text(path, content)
        raise


def go_on(
    run: Cohort, progress: Callable[[Progress], None] | None, stop: threading.Event
) -> None:
    """Trains, and has each run.json say at any moment how that ended.

    Args:
      run: MPO's runs or run, or another algorithm's with its interface.
      progress: as in `train`.
      stop: ends training when it is set.

    Raises:
      What `train` raises.
    """
    members = run.members
    about = {
        one.folder / "run.json": _describe(one.plan, run.path, one.path_changes)
        for one in members
    }
    failed = [*about]
    ended = dict(DIED)
    _tell(about, dict.fromkeys(about, ended))
    others = {"ended": "interrupted", "reason": "another run of its process stopped"}
    try:
        run.train(progress, stop)
        ended = {"ended": "completed", "reason": None}
    except InterruptedRunError:
        ended = {"ended": "interrupted", "reason": "asked to stop"}
        raise
    except UnsoundRunError as error:
        ended = {"ended": "diverged", "reason": str(error)}
        failed = [[*about][error.run]]
        raise
    except Exception as error:
        ended["reason"] = _reason(error)
        raise
    finally:
        # Where nothing can be written, what stands there says "failed" already, and
        # the error that is on its way says why.
        told = ended["ended"] in ("failed", "diverged")
        with suppress(OSError) if told else nullcontext():
            _tell(about, {path: ended if path in failed else others for path in about})


def _tell(about: dict[Path, dict], ended: dict[Path, dict]) -> None:
    for path, described in about.items():
        run_folder.write_json(path, described | ended[path])


def _reason(error: Exception) -> str:
    if memory.exhausted(error):
        return "out of memory"
    return f"{type(error).__name__}: {error}"


def _describe(plan: Plan, path: str = "", changes: Sequence[dict] = ()) -> dict:
    """Says what a run is; the execution path is empty until it has been chosen."""
    on_gpu = path and plan.device != "cpu"
    return run_folder.provenance() | {
        "task": plan.task,
        "seed": plan.seed,
        "hash": recipe_hash(plan.recipe, plan.task, plan.backend),
        "backend": plan.backend,
        "recipe": plan.recipe.model_dump(mode="json"),
        "steps": plan.steps,
        "execution_path": f"{path} on {plan.device}" if on_gpu else path,
        "execution_changes": list(changes),
    }


def refuse_foreign(folder: Path, plan: Plan) -> None:
    """Refuses a folder whose run.json tells of another run.

    Its checkpoint alone does not say it: the folder's marker would be taken for this
    run's, or its tables be overwritten.
    """
    path = folder / "run.json"
    if not path.exists():
        return
    try:
        about = json.loads(path.read_text("utf-8"))
        found = f"{about['hash']}/seed-{about['seed']}"
    except (ValueError, KeyError, TypeError):
        raise StaleCheckpointError(f"{path} cannot be read") from None
    digest = recipe_hash(plan.recipe, plan.task, plan.backend)
    wanted = f"{digest}/seed-{plan.seed}"
    if found != wanted:
        raise StaleCheckpointError(f"{path} belongs to run {found}, not {wanted}")


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Gives an event that SIGINT and SIGTERM set, where signals can be caught."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = signal.SIGINT, signal.SIGTERM
    before = {n: signal.signal(n, lambda *_: stop.set()) for n in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
