"""What lets both simulators of the control suite start from the same state."""

import math

import numpy as np
import pytest


class LibstdcxxRandom:
    """Draws as EnvPool does: `std::mt19937` and libstdc++'s distributions.

    EnvPool lets no one set or read its physics. But it draws the start of an episode
    in the order in which dm_control's tasks do, so that a dm_control task that is
    given this generator starts where EnvPool's does.
    """

    def __init__(self):
        self._bits = np.random.RandomState()  # the same twister, seeded alike

    def seed(self, seed):
        self._bits.seed(seed)

    def rand(self, *shape):
        return self._repeat(self._unit, shape)

    def randn(self, *shape):
        return self._repeat(self._normal, shape)

    def uniform(self, low=0.0, high=1.0, size=()):
        low, high = np.broadcast_arrays(low, high)
        return low + (high - low) * self.rand(*(low.shape or np.atleast_1d(size)))

    def choice(self, options, p):
        # The manipulator's object is "in_hand", "in_target" or elsewhere: EnvPool
        # asks for the second option first.
        in_hand, in_target, elsewhere = options
        draw = self._unit()
        if draw <= p[1]:
            return in_target
        return in_hand if draw <= p[0] + p[1] else elsewhere

    def _unit(self):
        low, high = self._bits.randint(0, 2**32, size=2, dtype=np.uint32)
        return (float(low) + float(high) * 2.0**32) / 2.0**64

    def _normal(self):
        squares = 0.0
        while not 0.0 < squares <= 1.0:  # Marsaglia's polar method, second value
            x, y = 2.0 * self._unit() - 1.0, 2.0 * self._unit() - 1.0
            squares = x * x + y * y
        return y * math.sqrt(-2.0 * math.log(squares) / squares)

    def _repeat(self, draw, shape):
        values = [draw() for _ in range(math.prod(shape))]
        return np.array(values).reshape(shape) if shape else values[0]


@pytest.fixture
def libstdcxx_random():
    """A generator for a dm_control task that draws as EnvPool does."""
    return LibstdcxxRandom()
