"""Made-up returns with which the tests are tested: how scores of seeds may scatter."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Draw = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Shape:
    """A distribution with mean 0 and standard deviation 1.

    Attributes:
      name: how tables call it.
      draw: generator and n -> scores [n].
      median: of the distribution.
    """

    name: str
    draw: Draw
    median: float


# Distance and width of the modes in standard deviations of the whole.
_NOISE = 0.1


def mixture(high: float) -> Draw:
    """Draws from two narrow modes: a share `high` of runs learnt the task.

    Args:
      high: share of runs in the upper mode, in (0, 1).

    Returns:
      A draw with mean 0 and standard deviation 1.
    """
    scale = np.sqrt((1 - _NOISE**2) / (high * (1 - high)))

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        learnt = rng.random(n) < high
        return scale * (learnt - high) + _NOISE * rng.standard_normal(n)

    return draw


NORMAL = Shape("normal", lambda rng, n: rng.standard_normal(n), 0.0)
SKEWED = Shape("skewed", lambda rng, n: rng.exponential(size=n) - 1, np.log(2) - 1)
BIMODAL = Shape("bimodal", mixture(0.5), 0.0)
SHAPES = {shape.name: shape for shape in (NORMAL, SKEWED, BIMODAL)}
