"""How many runs an open question would take, judged by those that left it open."""

import math
from collections.abc import Sequence

from scipy import special

POWER = 0.8


def runs_needed(
    effect: float,
    interval: tuple[float, float],
    confidence: float,
    runs: int,
    edges: Sequence[float],
) -> float:
    """Estimates when an interval would leave out the edge that is nearest.

    Runs are taken to scatter, and their effect to be, as it was found, which few runs
    know roughly: this plans another study, it is no result. No other test is corrected
    for.

    Args:
      effect: the estimate.
      interval: its Student interval, low and high, in the same unit.
      confidence: of that interval.
      runs: an arm, of two with as many each; at least 2.
      edges: what decides: where the effect would have to be above, or below.

    Returns:
      Runs an arm with which the nearest edge is outside of such an interval in POWER
      of cases, at least `runs`; infinite where the effect is at an edge.

    Source: normal approximation of the two-sample t test, e.g. Colas, Sigaud and
      Oudeyer (2018), arXiv 1806.08295, Sec. 3.
    """
    distance = min(abs(effect - edge) for edge in edges)
    if distance == 0:
        return math.inf
    low, high = interval
    level = 0.5 + confidence / 2
    error = (high - low) / 2 / float(special.stdtrit(2 * (runs - 1), level))
    reach = float(special.ndtri(level) + special.ndtri(POWER))
    return max(runs, math.ceil(runs * (reach * error / distance) ** 2))
