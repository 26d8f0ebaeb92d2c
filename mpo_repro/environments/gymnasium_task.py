"""One environment of gymnasium as a simulator.

Gymnasium's ids carry a version so that results stay comparable: what is simulated here
is that package's own code, with its time limit and nothing else around it. EnvPool has
tasks of the same names, but a pool cannot begin one episode from a seed while others
go on, and its LunarLander draws a start after what the steps before it have drawn.
"""

import os
import warnings
from collections.abc import Callable
from functools import partial

import gymnasium
import numpy as np

from mpo_repro.environments import gymnasium_tasks
from mpo_repro.environments.interface import Step


class GymnasiumTask:
    """A `rounds.Simulator` of a single environment, E = 1."""

    keeps_generators = False

    def __init__(self, task: str):
        """Makes the environment.

        Args:
          task: a name of `gymnasium_tasks.TASKS`.
        """
        name, options = gymnasium_tasks.registered(task)
        # Else pygame, which Box2D's tasks import for drawing, greets on stdout.
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        with warnings.catch_warnings():
            # It advises v5 in place of v4, which the published results name.
            warnings.filterwarnings("ignore", message=".*is out of date.*")
            self._environment = gymnasium.make(
                name, disable_env_checker=True, **options
            )
        space = self._environment.action_space
        self._discrete = isinstance(space, gymnasium.spaces.Discrete)
        # All bounds are symmetric, so that a factor scales [-1, 1] to them exactly.
        self._bound = None if self._discrete else space.high

    def begin(self, seeds: list[int]) -> np.ndarray:
        """Begins an episode from the one seed."""
        (seed,) = seeds
        observation, _ = self._environment.reset(seed=seed)
        return np.asarray(observation, np.float32)[None]

    def advance(self, actions: np.ndarray) -> Step:
        """Applies the one action; an episode that terminates is not also truncated."""
        (action,) = actions
        given = int(action[0]) if self._discrete else action * self._bound
        observation, reward, terminated, truncated, _ = self._environment.step(given)
        return Step(
            np.asarray(observation, np.float32)[None],
            np.array([reward], np.float32),
            np.array([terminated], bool),
            np.array([truncated and not terminated], bool),
        )

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """Leaves all to the function that waits."""
        return partial(self.advance, actions)

    def close(self) -> None:
        """Frees the environment's simulator."""
        self._environment.close()
