"""What a test has to say about a claim, before anyone decides."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import special

from mpo_repro.analysis.statistics.estimates import Estimate

# Of the claim, its opposite, its direction, and "less than the claim needs".
P_VALUES = ("p_claim", "p_contrary", "p_direction", "p_absent")


@dataclass(frozen=True)
class Evidence:
    """The outcome of one test of one claim.

    Attributes:
      test: the test's name in the registry.
      effect, low, high: estimate and interval of this test alone, in the unit of the
        scores or as the test has it (share, ratio).
      confidence: of the interval.
      alpha: the greatest chance of calling the claim supported though it is false;
        fixed beforehand.
      margin: the smallest effect that counts, in the effect's unit; 0 if none was set.
      p_claim: p-value for what the claim says.
      p_contrary: p-value for its opposite; NaN if it has none.
      p_absent: p-value for "less than the claim needs"; NaN without a margin.
      runs: runs with a score, an arm (of several tasks: of the one with the fewest).
      missing: planned runs without a score, an arm.
      least_runs: with fewer in an arm the nominal error rate was not shown to hold,
        and no verdict is given.
      power: chance to call the claim supported if the truth were `interest`, given
        the spread seen; NaN if no effect of interest was named.
      interest: see power; 0 for claims of no difference.
      p_direction: p-value for "the effect is on the claim's side of none"; NaN
        without a margin above it.
      interval: confidence -> interval of this test alone.
      joint: the interval that decides, of `multiplicity.adjust`; None: `low`, `high`.
      members: for how many tests that interval is corrected.
    """

    test: str
    effect: float
    low: float
    high: float
    confidence: float
    alpha: float
    margin: float
    p_claim: float
    p_contrary: float
    p_absent: float
    runs: tuple[int, ...]
    missing: tuple[int, ...]
    least_runs: int
    power: float
    interest: float
    p_direction: float = np.nan
    interval: Callable[[float], tuple[float, float]] | None = field(
        default=None, compare=False
    )
    joint: tuple[float, float] | None = None
    members: int = 1

    @property
    def decisive(self) -> tuple[float, float]:
        """The interval that decides: corrected as the p-values are."""
        return self.joint or (self.low, self.high)

    def named(self, test: str, least_runs: int | None = None) -> "Evidence":
        """Gives the same evidence under another test's name and requirement."""
        return replace(self, test=test, least_runs=least_runs or self.least_runs)


def evidence_of(test: str, estimate: Estimate, confidence: float, **fields) -> Evidence:
    """Takes effect and interval from an estimate, and the other fields as given."""
    low, high = estimate.interval(confidence)
    return Evidence(
        test=test,
        effect=float(estimate.effect),
        low=low,
        high=high,
        confidence=confidence,
        interval=estimate.interval,
        **fields,
    )


def one_sided_power(estimate: Estimate, effect: float, alpha: float) -> float:
    """Computes the chance that a one-sided t-test finds an effect.

    Args:
      estimate: gives standard error and degrees of freedom.
      effect: true distance from the tested value, in the estimate's unit.
      alpha: one-sided level.

    Returns:
      Between 0 and 1; NaN where the estimate has no standard error. With a standard
      error of 0, 1 for a positive effect and 0 otherwise.

    Source: noncentral t, as statsmodels.stats.power.TTestIndPower for equal groups.
    """
    if np.isnan(estimate.se) or np.isnan(effect):
        return np.nan
    if estimate.se == 0:
        return 1.0 if effect > 0 else 0.0
    critical = special.stdtrit(estimate.df, 1 - alpha)
    miss = special.nctdtr(estimate.df, effect / estimate.se, critical)
    return float(1 - miss)
