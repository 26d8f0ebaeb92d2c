"""A number with its uncertainty, in kinds that answer the same questions.

Beside these there are `permuted.Permuted` and `survival.TimeRatio`. Each kind has
`effect`, a standard error `se` with degrees of freedom `df` (for power), `above(x)` and
`below(x)`: the p-value against "the truth is at most (at least) x", and
`interval(confidence)`: the values that neither p-value refuses. So a test and its
interval never disagree. With fewer than `least_runs` runs in an arm the error rates
were not shown to hold.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from scipy import special

_ROUNDING = 1e-9


class Estimate(Protocol):
    """What the forms of a claim need to know of an estimate."""

    effect: float
    se: float
    df: float
    least_runs: ClassVar[int]

    def above(self, x: float) -> float: ...

    def below(self, x: float) -> float: ...

    def interval(self, confidence: float) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Student:
    """An estimate whose error, divided by its standard error, follows Student's t.

    Attributes:
      effect: the estimate; NaN where there were too few runs.
      se: its standard error, in the same unit; 0 where no run differed from another.
      df: degrees of freedom.
    """

    least_runs: ClassVar[int] = 3

    effect: float
    se: float
    df: float

    def above(self, x: float) -> float:
        return self._tail(self.effect - x)

    def below(self, x: float) -> float:
        return self._tail(x - self.effect)

    def _tail(self, distance: float) -> float:
        if np.isnan(distance) or np.isnan(self.se):
            return np.nan
        if self.se == 0:
            # Equal runs show a distance beyond doubt, and no distance not at all.
            return 0.0 if distance > 0 else 1.0
        return float(special.stdtr(self.df, -distance / self.se))

    def interval(self, confidence: float) -> tuple[float, float]:
        half = special.stdtrit(self.df, 0.5 + confidence / 2) * self.se
        return float(self.effect - half), float(self.effect + half)


@dataclass(frozen=True)
class Resampled:
    """An estimate with its bootstrap distribution, widened for few runs.

    Resampling n runs understates the variance by (n - 1) / n and knows nothing of
    Student's heavier tails; the quantile levels are moved outwards to make up for both.
    Source: Hesterberg (2015), The American Statistician 69(4), "expanded percentile".

    Attributes:
      effect: the statistic of the runs themselves.
      draws: the statistic of each resample, ascending, shape [B].
      runs: n, runs per arm and task; the fewest where they differ.
      df: degrees of freedom.
    """

    least_runs: ClassVar[int] = 3

    effect: float
    draws: np.ndarray
    runs: int
    df: float

    @property
    def se(self) -> float:
        return float(np.std(self.draws) * _expansion(self.runs))

    def above(self, x: float) -> float:
        return self._tail(np.searchsorted(self.draws, x, side="right"))

    def below(self, x: float) -> float:
        passed = np.searchsorted(self.draws, x, side="left")
        return self._tail(len(self.draws) - passed)

    def _tail(self, beyond: int) -> float:
        share = (beyond + 1) / (len(self.draws) + 1)
        return float(
            special.stdtr(self.df, special.ndtri(share) / _expansion(self.runs))
        )

    def interval(self, confidence: float) -> tuple[float, float]:
        """Inverts both p-values; infinite where B is too small to refuse any value."""
        level = tail_level(confidence, self.runs, self.df)
        # So that a count that is exactly allowed is; NaN or negative if nothing is.
        allowed = level * (len(self.draws) + 1) - 1 + _ROUNDING
        if not 0 <= allowed < len(self.draws):
            return -np.inf, np.inf
        passed = int(allowed)
        return float(self.draws[passed]), float(self.draws[-1 - passed])


def tail_level(confidence: float, runs: int, df: float) -> float:
    """Says which quantile of a bootstrap distribution bounds an interval.

    Args:
      confidence: of the interval.
      runs, df: see Resampled.

    Returns:
      The level of the lower bound, below (1 - confidence) / 2; NaN for one run.
    """
    quantile = special.stdtrit(df, 0.5 + confidence / 2)
    return float(special.ndtr(-quantile * _expansion(runs)))


def _expansion(runs: int) -> float:
    return float(np.sqrt(runs / (runs - 1))) if runs > 1 else np.nan
