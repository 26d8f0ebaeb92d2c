"""Batches of environments behind one interface.

    environments = make("cheetah-run", count=4, seed=0, stream=0)
    observations = environments.reset()
    observations, rewards, terminated, truncated = environments.step(actions)

Another family of tasks is another file that implements `Environments`, and a line in
`make`.
"""

from mpo_repro.environments.interface import Environments, Spec, Step
from mpo_repro.environments.rounds import Rounds
from mpo_repro.environments.suite import TASKS, spec

BACKENDS = ("envpool", "dm_control")

__all__ = ["BACKENDS", "TASKS", "Environments", "Spec", "Step", "make", "spec"]


def make(
    task: str, count: int, seed: int, stream: int, backend: str = "envpool"
) -> Environments:
    """Makes a batch of environments of one task.

    Args:
      task: a name of `TASKS`, e.g. "cartpole-swingup".
      count: number of environments, E, at least 1.
      seed: seed of the run, at least 0.
      stream: which of the run's independent batches (training, evaluation, ...), at
        least 0; batches that differ in it start from other states.
      backend: "envpool" (fast) or "dm_control" (the reference).

    Raises:
      ValueError: if the task or the backend is unknown, the count below 1, or seed or
        stream negative.
    """
    sizes = spec(task)
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    if min(seed, stream) < 0:
        raise ValueError(f"seed {seed} and stream {stream} must not be negative")
    simulator = _simulator(backend)(task, count)
    return Rounds(simulator, sizes, count, seed, stream, backend)


def _simulator(backend):
    # Imported on demand: a simulator takes seconds to import, and sizes need none.
    if backend == "envpool":
        from mpo_repro.environments.envpool_suite import EnvPoolSuite

        return EnvPoolSuite
    if backend == "dm_control":
        from mpo_repro.environments.dm_control_suite import DmControlSuite

        return DmControlSuite
    raise ValueError(f"unknown backend {backend!r}; allowed: {', '.join(BACKENDS)}")
