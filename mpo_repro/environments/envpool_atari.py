"""One Atari game simulated by EnvPool, which carries the games' ROMs.

A pool is made anew for every episode, as for the control suite, and has one game, since
games end each at its own time. Rewards are not clipped and the loss of a life is no
end: what a game pays is what a policy is judged by.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from mpo_repro.environments import atari
from mpo_repro.environments.envpool_families import with_family
from mpo_repro.environments.interface import Step

envpool = with_family("atari")


def pool_name(task: str) -> str:
    """Gives EnvPool's name of a task: "atari-pong" is "Pong-v5"."""
    return task.removeprefix("atari-").capitalize() + "-v5"


class EnvPoolAtari:
    """A `rounds.Simulator` of a single game, E = 1."""

    keeps_generators = False

    def __init__(self, task: str):
        """Prepares the game; the pool itself is made by `begin`.

        Args:
          task: a name of `atari.TASKS`.
        """
        self._name = pool_name(task)
        self._pool = None

    def begin(self, seeds: list[int]) -> np.ndarray:
        """Makes a pool with the one seed, which decides how long the start waits."""
        self.close()
        self._pool = envpool.make(
            self._name,
            env_type="gymnasium",
            num_envs=1,
            batch_size=1,
            num_threads=1,
            seed=seeds,
            max_episode_steps=atari.EPISODE_LENGTH,
            stack_num=atari.FRAMES,
            img_height=atari.SIDE,
            img_width=atari.SIDE,
            frame_skip=4,
            noop_max=30,
            episodic_life=False,
            reward_clip=False,
            repeat_action_probability=0.0,
        )
        return self._pool.reset()[0]

    def advance(self, actions: np.ndarray) -> Step:
        """Applies the one action; a game that is over is not also cut off."""
        taken = actions[:, 0].astype(np.int32)
        frames, rewards, terminated, truncated, _ = self._pool.step(taken)
        return Step(frames, rewards, terminated, truncated & ~terminated)

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """Leaves all to the function that waits."""
        return partial(self.advance, actions)

    def close(self) -> None:
        """Frees the pool."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None
