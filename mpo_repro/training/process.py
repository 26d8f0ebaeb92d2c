"""The process that trains one run: signals, what run.json says, and the marker."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mpo_repro.config.recipes import recipe_hash
from mpo_repro.training import run_folder
from mpo_repro.training.checkpoint import StaleCheckpointError
from mpo_repro.training.run import InterruptedRunError, Plan, Progress, Run


def train(
    plan: Plan, folder: Path, progress: Callable[[Progress], None] | None = None
) -> Path:
    """Trains one run to its budget, resuming what the folder holds.

    Args:
      plan: what to train.
      folder: the run folder, made if it does not exist.
      progress: called now and then with the state of things.

    Returns:
      The path of the marker file.

    Raises:
      InterruptedRunError: on SIGINT or SIGTERM; the state is saved first.
      StaleCheckpointError: if the folder belongs to another configuration or seed, or
        its checkpoint is damaged.
    """
    _refuse_foreign(folder, plan)
    marker = run_folder.marker(folder, plan.steps)
    if marker.exists():
        return marker
    folder.mkdir(parents=True, exist_ok=True)
    with _stop_on_signals() as stop:
        run = Run(plan, folder)
        _go_on(run, progress, stop)
    content = {"steps": plan.steps, "hash": run.hash, "finished": True}
    run_folder.write_json(marker, content | {"seed": plan.seed})
    return marker


def _go_on(
    run: Run, progress: Callable[[Progress], None] | None, stop: threading.Event
) -> None:
    """Trains, and has run.json say at any moment how that ended."""
    about, path = _describe(run), run.folder / "run.json"
    ended = {"ended": "failed", "reason": "the process died"}
    run_folder.write_json(path, about | ended)
    try:
        run.train(progress, stop)
        ended = {"ended": "completed", "reason": None}
    except InterruptedRunError:
        ended = {"ended": "interrupted", "reason": "asked to stop"}
        raise
    except Exception as error:
        ended["reason"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        run_folder.write_json(path, about | ended)


def _describe(run: Run) -> dict:
    plan = run.plan
    return run_folder.provenance() | {
        "task": plan.task,
        "seed": plan.seed,
        "hash": run.hash,
        "backend": plan.backend,
        "recipe": plan.recipe.model_dump(mode="json"),
        "steps": plan.steps,
        "execution_path": run.path,
    }


def _refuse_foreign(folder: Path, plan: Plan) -> None:
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
def _stop_on_signals() -> Iterator[threading.Event]:
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
