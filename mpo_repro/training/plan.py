"""What a run is asked for, and what it tells while it goes on."""

from typing import NamedTuple

from mpo_repro.config.algorithms import AnyRecipe


class InterruptedRunError(Exception):
    """The run was asked to stop; its state is saved."""


class Plan(NamedTuple):
    """What is to be trained, and how it is looked at."""

    recipe: AnyRecipe
    task: str
    seed: int
    steps: int
    interval: int  # environment steps between evaluations
    episodes: int  # of each kind per evaluation
    backend: str = "envpool"
    execution: str | None = None  # None: the rule of execution.py decides
    device: str = "cpu"  # where the learner is


class Progress(NamedTuple):
    """What a live view shows."""

    environment_steps: int
    steps: int
    episode_return: float | None  # mean of the last few; see `Records.recent_return`
    steps_per_second: float
    seconds_left: float
    compiling: bool = False  # what comes next waits for the compiler

    @classmethod
    def estimate(
        cls, done: int, steps: int, seconds: float, recent: list[float | None]
    ) -> "Progress":
        """Says how far runs are that train together.

        Args:
          done: environment steps so far.
          steps: the budget.
          seconds: that it took.
          recent: of each run the mean return of its last episodes, if any.
        """
        known = [value for value in recent if value is not None]
        mean = sum(known) / len(known) if known else None
        speed = done / max(seconds, 1e-9)
        return cls(done, steps, mean, speed, (steps - done) / max(speed, 1e-9))
