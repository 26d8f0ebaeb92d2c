"""A number with its uncertainty, in three kinds that answer the same questions.

Each kind has `effect`, a standard error `se` with degrees of freedom `df` (for power),
`above(x)` and `below(x)`: the p-value against "the truth is at most (at least) x", and
`interval(confidence)`: the values that neither p-value refuses. So a test and its
interval never disagree.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import special

# So that a count that is exactly allowed is.
_ROUNDING = 1e-9


class Estimate(Protocol):
    """What the forms of a claim need to know of an estimate."""

    effect: float
    se: float
    df: float

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
class Permuted:
    """An estimate with the values at which relabelled runs look no less extreme.

    Shifting one arm by x and relabelling runs gives a result as extreme as the real one
    exactly if x has passed that relabelling's value; see `differences.permutation`.

    Attributes:
      effect, se, df: as in Student; se and df serve the power only.
      draws: these values, ascending, shape [B].
      always: relabellings that are the real labels, 1 or more.
    """

    effect: float
    se: float
    df: float
    draws: np.ndarray
    always: int = 1

    @cached_property
    def _tolerance(self) -> float:
        """Rounding error of a draw: equal values must count on both sides."""
        return 1e-12 * float(np.abs(self.draws).max(initial=0.0))

    @property
    def _total(self) -> int:
        return len(self.draws) + self.always

    def above(self, x: float) -> float:
        passed = np.searchsorted(self.draws, x + self._tolerance, side="right")
        return float((passed + self.always) / self._total)

    def below(self, x: float) -> float:
        passed = np.searchsorted(self.draws, x - self._tolerance, side="left")
        return float((len(self.draws) - passed + self.always) / self._total)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Inverts both p-values; infinite where the runs are too few to refuse any."""
        level = (1 - confidence) / 2
        return _unrefused(self.draws, level * self._total - self.always)


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
        return _unrefused(self.draws, level * (len(self.draws) + 1) - 1)


def _unrefused(draws: np.ndarray, allowed: float) -> tuple[float, float]:
    """Gives the ends of what is refused on neither side.

    Args:
      draws: ascending.
      allowed: a value is refused if no more draws than this lie on its far side; NaN
        or negative if nothing is.
    """
    if not 0 <= allowed + _ROUNDING < len(draws):
        return -np.inf, np.inf
    passed = int(allowed + _ROUNDING)
    return float(draws[passed]), float(draws[-1 - passed])


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
