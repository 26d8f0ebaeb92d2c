"""Lower ends of 95 % intervals, for what is counted or averaged over random problems.

A statement that fails on random problems is refuted by the lower end, not by what one
draw of them happens to give.
"""

from scipy import stats
from torch import Tensor

LEVEL = 0.95  # one-sided


def share(hits: int, count: int) -> float:
    """Returns the lower end for a share of `hits` of `count` problems; 0 of no hit.

    Source: Clopper and Pearson, The use of confidence or fiducial limits, 1934.
    """
    return float(stats.beta.ppf(1 - LEVEL, hits, count - hits + 1)) if hits else 0.0


def mean(values: Tensor) -> float:
    """Returns the lower end for the mean of independent values, shape [R], by t."""
    count = len(values)
    width = stats.t.ppf(LEVEL, count - 1) * values.std().item() / count**0.5
    return values.mean().item() - float(width)
