"""The process that trains one run: signals, what run.json says, and the marker."""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from mpo_repro.config.recipes import recipe_hash
from mpo_repro.config.whole import write_whole
from mpo_repro.runs import layout, marking, reading
from mpo_repro.runs.sealed import DamagedRunError, write_sealed
from mpo_repro.training import memory, run_folder
from mpo_repro.training.checkpoint import StaleCheckpointError
from mpo_repro.training.cohort import Cohort
from mpo_repro.training.finished import is_finished
from mpo_repro.training.fused import CompilerError
from mpo_repro.training.guard import UnsoundRunError
from mpo_repro.training.inspection import forget_stopped
from mpo_repro.training.lock import lock
from mpo_repro.training.member import Member
from mpo_repro.training.plan import Plan, Progress
from mpo_repro.training.run import InterruptedRunError, Run

# In run.json until the process records how the run ended.
DIED = {"ended": "failed", "reason": layout.NOT_ENDED}


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
    marker = layout.marker(folder, plan.steps)
    if is_finished(folder, plan.steps):
        return marker
    folder.mkdir(parents=True, exist_ok=True)
    with lock(folder, wait), stop_on_signals() as stop:
        while not is_finished(folder, plan.steps):
            with telling_of_start([plan], [folder]):
                run = start(plan, folder)
            with suppress(CompilerError):  # it starts again, without the compiler
                go_on(run, progress, stop)
                mark(run)
    return marker


def mark(run: Run | Member) -> None:
    """Marks the budget of a run as reached, with checksums of its tables."""
    plan = run.plan
    marking.write_markers(run.folder, [plan.steps], run.hash, plan.seed)
    forget_stopped(run.folder)


@contextmanager
def telling_of_start(plans: Sequence[Plan], folders: Sequence[Path]) -> Iterator[None]:
    """Records in each run.json a start that fails, or in which the process is killed.

    A run asks for all its memory when it starts, so that this is where it may lack it.
    A start that is refused changes no file; nor does one of a run that is finished, for
    a smaller budget, unless it fails for another reason.

    Args:
      plans: of the runs that start within it.
      folders: theirs.
    """
    pairs = zip(plans, folders, strict=True)
    about = {folder / layout.RUN: _describe(plan) for plan, folder in pairs}
    before = {
        path: path.read_bytes() if path.exists() else None
        for path in about
        if not layout.markers(path.parent)
    }
    _tell({path: about[path] for path in before}, dict.fromkeys(before, DIED))
    try:
        yield
    except Exception as error:
        with suppress(OSError):  # as in `go_on`
            if isinstance(error, StaleCheckpointError | ValueError):
                _put_back(before)
            else:
                _tell(about, dict.fromkeys(about, DIED | {"reason": _reason(error)}))
        raise


def _put_back(before: dict[Path, bytes | None]) -> None:
    """Writes files as they were; None: there was none."""
    for path, content in before.items():
        if content is None:
            path.unlink()
        else:
            write_whole(path, partial(Path.write_bytes, data=content))


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
        one.folder / layout.RUN: _describe(one.plan, run.path, one.path_changes)
        for one in members
    }
    for one in members:
        marking.take_back(one.folder, one.records.rows)
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
        write_sealed(path, described | ended[path])


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
    path = folder / layout.RUN
    try:
        about, _ = reading.read_details(folder)
        found = f"{about['hash']}/seed-{about['seed']}"
    except FileNotFoundError:
        return
    except DamagedRunError as error:
        raise StaleCheckpointError(f"{folder}: {error}") from None
    except KeyError:
        raise StaleCheckpointError(f"{path} lacks hash or seed") from None
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
