"""The process that trains a cohort: which runs go together, and what each is told.

On a GPU many runs cost little more than one. What a run learns does not depend on the
others but for rounding, nor does its folder show them, except by the execution path.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from mpo_repro.runs import layout
from mpo_repro.training import process
from mpo_repro.training.cohort import Cohort
from mpo_repro.training.finished import is_finished
from mpo_repro.training.fused import CompilerError
from mpo_repro.training.guard import UnsoundRunError
from mpo_repro.training.lock import lock
from mpo_repro.training.member import Member
from mpo_repro.training.plan import Plan, Progress

Pair = tuple[Plan, Path]


def train_together(
    plans: Sequence[Plan],
    folders: Sequence[Path],
    progress: Callable[[Progress], None] | None = None,
) -> list[Path]:
    """Trains runs to their budget in one process, resuming what their folders hold.

    Runs that stand at the same step go on together; one whose numbers go wrong is left
    behind and the others go on.

    Args:
      plans: of one task, budget and schedule of evaluation; recipes that differ in
        numbers only.
      folders: the run folders.
      progress: called now and then with the state of things.

    Returns:
      The markers of the runs that are finished.

    Raises:
      ValueError: if the runs cannot be trained together.
      UnsoundRunError: about the first run that stopped over its numbers, after the
        others have finished.
      InterruptedRunError, StaleCheckpointError, LockedError, OSError: as
        `process.train`.
    """
    _require_alike(plans)
    pairs = list(zip(plans, folders, strict=True))
    for plan, folder in pairs:
        process.refuse_foreign(folder, plan)
        folder.mkdir(parents=True, exist_ok=True)
    unsound: list[UnsoundRunError] = []
    with ExitStack() as held:
        for folder in folders:
            held.enter_context(lock(folder))
        stop = held.enter_context(process.stop_on_signals())
        todo = [pair for pair in pairs if not _is_finished(pair)]
        while todo:
            group = _furthest_behind(todo)
            failed = _train(group, progress, stop, unsound)
            todo = [p for p in todo if not _is_finished(p) and p is not failed]
    if unsound:
        raise unsound[0]
    return [_marker(pair) for pair in pairs]


def _require_alike(plans: Sequence[Plan]) -> None:
    first = plans[0]
    for plan in plans:
        if plan._replace(recipe=first.recipe, seed=first.seed) != first:
            raise ValueError(
                "runs that train together have one task, budget, evaluation and device"
            )


def _marker(pair: Pair) -> Path:
    plan, folder = pair
    return layout.marker(folder, plan.steps)


def _is_finished(pair: Pair) -> bool:
    plan, folder = pair
    return is_finished(folder, plan.steps)


def _furthest_behind(pairs: list[Pair]) -> list[Pair]:
    """Those runs that stand where the one stands that is furthest behind."""
    stands = []
    for plan, folder in pairs:
        found = Member(plan, folder).load()
        stands.append(
            (found[1]["environment_steps"], found[1]["path"]) if found else (0, "")
        )
    lowest = min(stands)
    return [p for p, stand in zip(pairs, stands, strict=True) if stand == lowest]


def _train(group: list[Pair], progress, stop, unsound: list) -> Pair | None:
    """Trains some runs to their budget; gives the one that stopped over its numbers."""
    plans, folders = zip(*group, strict=True)
    with process.telling_of_start(plans, folders):
        cohort = Cohort(plans, folders)
    try:
        process.go_on(cohort, progress, stop)
    except CompilerError:
        return None  # they start again, without the compiler
    except UnsoundRunError as error:
        logging.warning("%s: %s", group[error.run][1], error)
        unsound.append(error)
        return group[error.run]
    for member in cohort.members:
        process.mark(member)
    return None
