"""Batches of environments behind one interface.

    environments = make("cheetah-run", count=4, seed=0, stream=0)
    observations = environments.reset()
    observations, rewards, terminated, truncated = environments.step(actions)

Another family of tasks is another table in `tasks.py` and a simulator in `make`.
"""

from mpo_repro.environments import suite
from mpo_repro.environments.independent import Independent
from mpo_repro.environments.interface import Environments, Spec, Step
from mpo_repro.environments.rounds import Rounds
from mpo_repro.environments.tasks import BACKENDS, TASKS, backends, spec

__all__ = [
    "BACKENDS",
    "TASKS",
    "Environments",
    "Spec",
    "Step",
    "backends",
    "make",
    "spec",
]


def make(
    task: str, count: int, seed: int, stream: int, backend: str | None = None
) -> Environments:
    """Makes a batch of environments of one task.

    Args:
      task: a name of `TASKS`, e.g. "cartpole-swingup".
      count: number of environments, E, at least 1.
      seed: seed of the run, at least 0.
      stream: which of the run's independent batches (training, evaluation, ...), at
        least 0; batches that differ in it start from other states.
      backend: one of `backends(task)`, the first if None: for the control suite
        "envpool" (fast) or "dm_control" (the reference).

    Raises:
      ValueError: if the task is unknown or not of that backend, the count below 1, or
        seed or stream negative.
    """
    sizes = spec(task)
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    if min(seed, stream) < 0:
        raise ValueError(f"seed {seed} and stream {stream} must not be negative")
    allowed = backends(task)
    backend = allowed[0] if backend is None else backend
    if backend not in allowed:
        raise ValueError(
            f"{task} has no backend {backend!r}; allowed: {', '.join(allowed)}"
        )
    if task in suite.TASKS:
        simulator = _suite(backend)(task, count)
        return Rounds(simulator, sizes, count, seed, stream, backend)
    single = _single(backend)
    return Independent(
        Rounds(single(task), sizes, 1, seed, stream, backend, first)
        for first in range(count)
    )


# Imported on demand: a simulator takes seconds to import, and sizes need none.
def _single(backend):
    if backend == "gymnasium":
        from mpo_repro.environments.gymnasium_task import GymnasiumTask

        return GymnasiumTask
    from mpo_repro.environments.envpool_atari import EnvPoolAtari

    return EnvPoolAtari


def _suite(backend):
    if backend == "envpool":
        from mpo_repro.environments.envpool_suite import EnvPoolSuite

        return EnvPoolSuite
    from mpo_repro.environments.dm_control_suite import DmControlSuite

    return DmControlSuite
