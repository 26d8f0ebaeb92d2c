"""What a run is asked for, and what it tells while it goes on."""

from typing import NamedTuple

from mpo_repro.config.recipe import Recipe


class Plan(NamedTuple):
    """What is to be trained, and how it is looked at."""

    recipe: Recipe
    task: str
    seed: int
    steps: int
    interval: int  # environment steps between evaluations
    episodes: int  # of each kind per evaluation
    backend: str = "envpool"
    execution: str | None = None  # None: the rule of execution.py decides


class Progress(NamedTuple):
    """What a live view shows."""

    environment_steps: int
    steps: int
    episode_return: float | None  # of behaviour, mean of the last few
    steps_per_second: float
    seconds_left: float
