"""Environments of a few numbers: what a test of the whole loop can afford."""

import numpy as np

from mpo_repro.environments.interface import Spec, Step

TASK, O, A, LENGTH = "toy-line", 3, 2, 7  # noqa: E741


class Toy:
    """A point that actions push; episodes end at the time limit, some before it.

    The nearer to the origin, the higher the reward. With `choices` of 3, discrete
    actions push it back, not at all, or forth.
    """

    def __init__(self, count, seed, choices=None):
        self.count, self.seed = count, seed
        self.spec = Spec(TASK, O, 1 if choices else A, LENGTH, choices)

    def reset(self, episode=0):
        self.episode, self.time = episode, 0
        source = np.random.default_rng([self.seed, episode])
        self.at = source.normal(size=(self.count, O)).astype(np.float32)
        return self.at.copy()

    def start(self, actions):
        return lambda: self.step(actions)

    def step(self, actions):
        if self.time == LENGTH or self._fell():
            zeros = np.zeros(self.count, np.float32)
            none = np.zeros(self.count, bool)
            return Step(self.reset(self.episode + 1), zeros, none, none)
        self.time += 1
        self.at[:, : actions.shape[1]] += 0.3 * (actions - bool(self.spec.choices))
        rewards = 1 - np.square(self.at).sum(1)
        terminated = np.full(self.count, self._fell())
        truncated = np.full(self.count, self.time == LENGTH) & ~terminated
        return Step(self.at.copy(), rewards, terminated, truncated)

    def _fell(self):
        return self.episode % 3 == 2 and self.time == 4

    def state(self):
        return {"at": self.at, "time": self.time, "episode": self.episode}

    def close(self):
        """Holds nothing."""
