"""The control suite simulated by EnvPool: fast, in one thread of this process.

A pool cannot be reseeded (its `seed` does nothing) nor its state be set. So a pool is
kept: each environment's generator goes on from episode to episode, and since it is
drawn from at an episode's start only, beginning k episodes brings it to where k whole
episodes would.

EnvPool 1.2.5 carries its own MuJoCo, 3.6.0. With that version dm_control gives the
same numbers; with a later one rounding differs. Finger's contacts are too soft there
(`dm_control_suite` says why), so that `make` does not offer its tasks.

Source: Weng et al. (2022), "EnvPool: A Highly Parallel Reinforcement Learning
Environment Execution Engine".
"""

import operator
from collections.abc import Callable

import numpy as np

from mpo_repro.environments import suite
from mpo_repro.environments.envpool_families import with_family
from mpo_repro.environments.envpool_models import without_pictures
from mpo_repro.environments.envpool_rewards import CORRECTED
from mpo_repro.environments.interface import Step

envpool = with_family("mujoco.dmc")
_LAST = 2  # dm_env.StepType.LAST


def pool_name(task: str) -> str:
    """Gives EnvPool's name of a task: "ball_in_cup-catch" is "BallInCupCatch-v1"."""
    words = "_".join(suite.split(task)).split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) + "-v1"


class EnvPoolSuite:
    """A `rounds.Simulator` over EnvPool."""

    keeps_generators = True

    def __init__(self, task: str, count: int):
        """Prepares E environments; the pool itself is made by `begin`.

        Args:
          task: a name of `suite.TASKS`.
          count: E.
        """
        self._name, self._domain = pool_name(task), suite.split(task)[0]
        self._count = count
        self._keys = tuple(suite.observation_layout(task))
        self._select = operator.attrgetter(*self._keys)
        self._reward = CORRECTED.get(task)
        self._pool = None
        self._seeds, self._begun = [], 0  # episodes begun by the pool

    def begin(self, seeds: list[int], past: int = 0) -> np.ndarray:
        """Begins the episodes that come after `past` others of these seeds."""
        if self._pool is None or seeds != self._seeds or past < self._begun:
            self._make(seeds)
        for _ in range(past + 1 - self._begun):
            first = self._pool.reset()
        self._begun = past + 1
        return self._flat(first.observation)

    def _make(self, seeds: list[int]) -> None:
        self.close()
        self._seeds, self._begun = seeds, 0
        with without_pictures(self._domain) as assets:
            self._pool = envpool.make(
                self._name,
                env_type="dm",
                num_envs=self._count,
                batch_size=self._count,
                num_threads=1,
                seed=seeds,
                base_path=str(assets),
            )

    def advance(self, actions: np.ndarray) -> Step:
        """Steps the pool."""
        return self.start(actions)()

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """Has the pool's thread step."""
        self._pool.send(actions)
        return self._received

    def _received(self) -> Step:
        """Waits for the pool; at the end, discount 0 tells termination from a limit."""
        step_type, rewards, discounts, observation = self._pool.recv()
        if self._reward is not None:
            rewards = self._reward(observation)
        ended = step_type == _LAST
        terminated = ended & (discounts == 0.0)
        return Step(self._flat(observation), rewards, terminated, ended ^ terminated)

    def close(self) -> None:
        """Frees the pool."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _flat(self, observation):
        parts = [part.reshape(self._count, -1) for part in self._select(observation)]
        return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")
