"""G workers that train one run: each acts for itself, and they learn as one.

Started by torchrun, a process each. A worker has its own environments, replay and
noise; before Adam steps, gradients are averaged over the workers, so that their
parameters stay equal to the bit. That is what one process does with G times the batch.
Environment steps are counted over all workers, which makes every decision (when to
learn, to evaluate, to end) the same everywhere.

The first worker's folder is the run's: it evaluates. The others keep in folders
`worker-<g>` in it what they need to go on. Checkpoints are written at evaluations and
at the end, when all stand at the same step. Updates take the plain path: averaging
would cut the compiler's one graph in two.

Source: P1, Alg. 1.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from torch import distributed

from mpo_repro.config import ConfigError
from mpo_repro.runs import layout
from mpo_repro.training import process
from mpo_repro.training.checkpoint import StaleCheckpointError
from mpo_repro.training.finished import is_finished
from mpo_repro.training.group import Alone, Group
from mpo_repro.training.plan import Plan, Progress
from mpo_repro.training.run import Run
from mpo_repro.training.update import TRAINED


def train(
    plan: Plan,
    folder: Path,
    progress: Callable[[Progress], None] | None = None,
    wait: bool = False,
) -> Path:
    """Trains this worker's part of a run; as `process.train`, in every worker.

    Args:
      plan: what to train; the same in every worker.
      folder: the run's folder; the same in every worker.
      progress: called by the first worker.
      wait: as in `process.train`.

    Returns:
      The path of this worker's marker.

    Raises:
      ConfigError: if there are not as many processes as `data.workers`, or the plan
        asks for another path of execution than the plain one.
      ConnectionError: if another worker is gone.
      StaleCheckpointError: also if the workers' checkpoints are of different steps.
    """
    if plan.execution not in (None, "plain"):
        raise ConfigError("--execution", "", plan.execution, "plain with data.workers")
    with joined(plan.recipe.data.workers) as group:
        own = folder if group.rank == 0 else folder / f"worker-{group.rank}"
        marker = layout.marker(own, plan.steps)
        if group.gathered(is_finished(own, plan.steps))[0]:
            return marker
        marker.unlink(missing_ok=True)  # the run is not done before its first worker
        told = progress if group.rank == 0 else None
        return process.train(plan, own, told, partial(Worker, group), wait)


@contextmanager
def joined(count: int) -> Iterator[Group]:
    """Gives the group of processes that torchrun has started.

    Args:
      count: how many there have to be.

    Raises:
      ConfigError: if there are more, or fewer.
    """
    found = int(os.environ.get("WORLD_SIZE", "1"))
    if found != count:
        allowed = f"{found}, the processes; or torchrun --nproc-per-node {count}"
        raise ConfigError("recipe", "data.workers", count, allowed)
    distributed.init_process_group("gloo")
    try:
        yield Group(distributed.get_rank(), count)
    finally:
        distributed.destroy_process_group()


class Worker(Run):
    """One worker's part of a run in progress."""

    saves_by_clock = False  # at evaluations instead, where all are at the same step

    def __init__(self, group: Group, plan: Plan, folder: Path):
        """Starts the run, or takes it up where the checkpoints left it.

        Raises:
          StaleCheckpointError: if the folder's checkpoint belongs to another run, or
            the workers do not stand at the same step.
        """
        self.group, self.evaluates = group, group.rank == 0
        super().__init__(plan._replace(execution="plain"), folder)
        stands = {tuple(stand) for stand in group.gathered(self._counters())}
        if len(stands) > 1:
            steps = ", ".join(f"{step:,}" for step, _ in sorted(stands))
            raise StaleCheckpointError(f"workers stand at different steps: {steps}")

    def train(
        self, progress: Callable[[Progress], None] | None, stop: threading.Event
    ) -> None:
        """As `Cohort.train`; all stop where one is asked to."""
        super().train(progress, _Agreed(stop, self.group))

    def save(self) -> None:
        """As `Cohort.save`.

        Raises:
          RuntimeError: if the workers' parameters are not equal to the bit.
        """
        vectors = b"".join(self.learner.state[n].numpy().tobytes() for n in TRAINED)
        digests = self.group.gathered(hashlib.sha256(vectors).hexdigest())
        if len(set(digests)) > 1:
            raise RuntimeError("the workers' parameters have come apart")
        super().save()

    def _evaluate_if_due(self) -> None:
        before = self.last_evaluation
        super()._evaluate_if_due()
        if self.last_evaluation != before:
            self.save()


class _Agreed(threading.Event):
    """Set where the event of any worker is."""

    def __init__(self, own: threading.Event, group: Alone):
        super().__init__()
        self._own, self._group = own, group

    def is_set(self) -> bool:
        [told] = self._group.totals(int(self._own.is_set()))
        return told > 0
