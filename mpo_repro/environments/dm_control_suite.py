"""The control suite simulated by dm_control: the reference, one step at a time.

Finger is put right. Its spinner turns about its centre of mass, which does not move: a
body's inverse weight there is 0. MuJoCo 3.5 and 3.6 take the one of rotation instead,
26.2, so that contacts with the spinner are 64 times as soft. A policy that learnt to
spin it there, on 449 of 1,000 steps, does so on 54 with MuJoCo 3.4. Published results
are of the stiff contacts, which MuJoCo has again since 3.7. No other task's contacts
differ between these versions.

Source: google-deepmind/mujoco, issue 3163.
"""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from mpo_repro.environments import suite
from mpo_repro.environments.interface import Step

with warnings.catch_warnings():
    # dm_control looks for a display while it is imported; no rendering is done here.
    warnings.filterwarnings("ignore", message=".*DISPLAY environment variable.*")
    from dm_control import suite as dm_suite


class DmControlSuite:
    """A `rounds.Simulator` over dm_control."""

    keeps_generators = False

    def __init__(self, task: str, count: int):
        """Compiles E environments, each with its own model.

        Args:
          task: a name of `suite.TASKS`.
          count: E.
        """
        self._count = count
        self._keys = tuple(suite.observation_layout(task))
        self._size = suite.spec(task).observation_size
        domain, name = suite.split(task)
        self._environments = [
            dm_suite.load(domain, name, task_kwargs={"random": 0}) for _ in range(count)
        ]
        if domain == "finger":
            for environment in self._environments:
                _stiffen(environment.physics.model)

    def begin(self, seeds: list[int]) -> np.ndarray:
        """Reseeds the tasks and resets the physics: nothing is compiled again."""
        time_steps = []
        for environment, seed in zip(self._environments, seeds, strict=True):
            environment.task.random.seed(seed)
            time_steps.append(environment.reset())
        return self._flat(time_steps)

    def advance(self, actions: np.ndarray) -> Step:
        """Steps every environment; discount 0 tells termination from time limit."""
        time_steps = [
            environment.step(action.astype(np.float64))
            for environment, action in zip(self._environments, actions, strict=True)
        ]
        terminated = [step.last() and step.discount == 0.0 for step in time_steps]
        truncated = [step.last() and step.discount != 0.0 for step in time_steps]
        return Step(
            self._flat(time_steps),
            np.array([step.reward for step in time_steps], np.float32),
            np.array(terminated, bool),
            np.array(truncated, bool),
        )

    @property
    def control_seconds(self) -> float:
        """How long a step lasts in the simulation, in seconds."""
        return self._environments[0].control_timestep()

    def picture(self, index: int, height: int, width: int) -> np.ndarray:
        """Draws an environment as its first camera sees it: uint8, [height, width, 3].

        The first environment that is drawn decides by MUJOCO_GL what draws.
        """
        physics = self._environments[index].physics
        return physics.render(height, width, camera_id=0)

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """Leaves all to the function that waits."""
        return partial(self.advance, actions)

    def close(self) -> None:
        """Frees the physics of every environment."""
        for environment in self._environments:
            environment.close()

    def _flat(self, time_steps):
        observations = np.empty((self._count, self._size), np.float32)
        for row, step in zip(observations, time_steps, strict=True):
            parts = [np.ravel(step.observation[key]) for key in self._keys]
            np.concatenate(parts, out=row, casting="same_kind")
        return observations


def _stiffen(model) -> None:
    """Gives the spinner its inverse weight of translation, 0 per kg."""
    model.body_invweight0[model.name2id("spinner", "body"), 0] = 0.0
