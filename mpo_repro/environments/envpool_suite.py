"""The control suite simulated by EnvPool: fast, in one thread of this process.

A pool cannot be reseeded (its `seed` does nothing) nor its state be set; it is made
anew for every round, with one seed per environment (about 50 ms each).

EnvPool 1.2.5 carries its own MuJoCo, 3.6.0. With that version dm_control gives the
same numbers; with a later one rounding differs, and finger's contacts differ visibly.

Source: Weng et al. (2022), "EnvPool: A Highly Parallel Reinforcement Learning
Environment Execution Engine".
"""

import operator

import envpool
import numpy as np

from mpo_repro.environments import suite
from mpo_repro.environments.envpool_rewards import CORRECTED
from mpo_repro.environments.interface import Step

_LAST = 2  # dm_env.StepType.LAST


def pool_name(task: str) -> str:
    """Gives EnvPool's name of a task: "ball_in_cup-catch" is "BallInCupCatch-v1"."""
    words = "_".join(suite.split(task)).split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) + "-v1"


class EnvPoolSuite:
    """A `rounds.Simulator` over EnvPool."""

    def __init__(self, task: str, count: int):
        """Prepares E environments; the pool itself is made by `begin`.

        Args:
          task: a name of `suite.TASKS`.
          count: E.
        """
        self._name = pool_name(task)
        self._count = count
        self._keys = tuple(suite.observation_layout(task))
        self._select = operator.attrgetter(*self._keys)
        self._reward = CORRECTED.get(task)
        self._pool = None

    def begin(self, seeds: list[int]) -> np.ndarray:
        """Makes a pool with these seeds and returns its first observations."""
        self.close()
        self._pool = envpool.make(
            self._name,
            env_type="dm",
            num_envs=self._count,
            batch_size=self._count,
            num_threads=1,
            seed=seeds,
        )
        return self._flat(self._pool.reset().observation)

    def advance(self, actions: np.ndarray) -> Step:
        """Steps the pool; at the end, discount 0 tells termination from time limit."""
        step_type, rewards, discounts, observation = self._pool.step(actions)
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
