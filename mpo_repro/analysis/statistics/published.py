"""Agreement with published runs: prediction interval, equivalence, small telescopes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special
from statsmodels.stats.power import TTestIndPower

from mpo_repro.analysis.statistics.equivalence import (
    claim_equivalence,
    claim_non_inferiority,
)
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.missing import observed, run_counts
from mpo_repro.analysis.statistics.permuted import permutation


def prediction_interval(
    published: np.ndarray, runs: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Says where the mean of new runs lies if they are of the same kind as published.

    Args:
      published: a score a run, [S_0], in return.
      runs: how many new runs.
      confidence: of the interval, for normal scores.

    Returns:
      Lower and upper end, in return; NaN for fewer than two published runs.

    Raises:
      ValueError: if there is no new run.

    Source: Spence, Stanley (2016), PLOS ONE 11(9), with Student's t:
    mean +- t sd sqrt(1 / S_0 + 1 / runs).
    """
    if runs < 1:
        raise ValueError(f"runs {runs} is less than 1")
    values = observed(published)
    if len(values) < 2:
        return np.nan, np.nan
    error = values.std(ddof=1) * np.sqrt(1 / len(values) + 1 / runs)
    half = special.stdtrit(len(values) - 1, 0.5 + confidence / 2) * error
    return float(values.mean() - half), float(values.mean() + half)


def agreement(
    ours: np.ndarray, published: np.ndarray, *, margin: float, alpha: float = 0.05
) -> Evidence:
    """Tests "our runs score what was published, but for less than the margin".

    By permutation, which is exact also for 5 runs against 10 if both scatter alike;
    there Welch's test and the prediction interval of skewed or bimodal scores err too
    often.

    Args:
      ours, published: a score a run, [S] and [S_0], NaN where a run gave none.
      margin: greatest difference that does not count, in return.
      alpha: see `equivalence.claim_equivalence`.

    Returns:
      Evidence under the name `agreement`: ours minus published. That both differ is no
      evidence against it: the interval shows it, and the margin is what counts.
    """
    estimate = permutation(ours, published)
    counts = run_counts(ours, published)
    evidence = claim_equivalence(estimate, *counts, margin=margin, alpha=alpha)
    return evidence.named("agreement", estimate.least_runs)


def not_below_published(
    ours: np.ndarray,
    published: np.ndarray,
    *,
    margin: float,
    share: float = 0.0,
    alpha: float = 0.05,
) -> Evidence:
    """Tests "our runs do not score less than was published, but for the margin".

    By permutation, as `agreement`.

    Args:
      ours, published: a score a run, [S] and [S_0], NaN where a run gave none.
      margin: least difference below that counts, in return.
      share: of the published mean's magnitude, which is added to the margin.
      alpha: see `equivalence.claim_equivalence`.

    Returns:
      Evidence under the name `not_below_published`: ours minus published, with the
      margin that was applied.
    """
    estimate = permutation(ours, published)
    counts = run_counts(ours, published)
    wide = margin + share * abs(float(np.nanmean(published)))
    evidence = claim_non_inferiority(estimate, *counts, margin=wide, alpha=alpha)
    return evidence.named("not_below_published", estimate.least_runs)


@dataclass(frozen=True)
class Beside:
    """What published runs say about ours, beside the test of agreement.

    Attributes:
      mean: of our runs; this and all below in the unit of the scores.
      low, high: where the mean of as many runs lies if they are of the same kind as the
        published ones; see `prediction_interval`.
      visible: the difference that two arms of as many runs as were published, and
        that vary like these, show in a third of cases; see `small_telescope`.
      found: smaller or larger if the difference is shown to be so than `visible`, else
        open.
    """

    mean: float
    low: float
    high: float
    visible: float
    found: str

    def sentence(self, number: Callable[[float], str]) -> str:
        """Says it in plain words; number writes a value with its unit."""
        told = {
            "smaller": "the difference is shown to be smaller",
            "larger": "the difference is shown to be larger",
            "open": "whether the difference is smaller cannot be told",
        }
        place = "inside" if self.low <= self.mean <= self.high else "outside"
        return (
            f"The mean {number(self.mean)} lies {place} the 95 % prediction interval "
            f"of the published runs, {number(self.low)} to {number(self.high)}. Two "
            f"arms like theirs show a difference of {number(self.visible)} in only a "
            f"third of cases (small telescopes): {told[self.found]}."
        )


def beside(ours: np.ndarray, published: np.ndarray, alpha: float = 0.05) -> Beside:
    """Lays our runs beside published ones; it decides nothing.

    Args:
      ours, published: a score a run, [S] and [S_0], at least one and two of them there.
      alpha: one-sided, of what `found` says.
    """
    scores, theirs = observed(ours), observed(published)
    low, high = prediction_interval(theirs, len(scores))
    visible = small_telescope(len(theirs)) * float(theirs.std(ddof=1))
    found = "open"
    estimate = permutation(scores, theirs)
    if visible > 0 and min(len(scores), len(theirs)) >= estimate.least_runs:
        counts = run_counts(scores, theirs)
        test = claim_equivalence(estimate, *counts, margin=visible, alpha=alpha)
        shown = ((test.p_claim, "smaller"), (test.p_contrary, "larger"))
        found = next((name for p, name in shown if p <= alpha), found)
    return Beside(float(scores.mean()), low, high, visible, found)


def small_telescope(runs: int, alpha: float = 0.05, power: float = 1 / 3) -> float:
    """Says which effect the published runs could hardly have seen.

    An effect that is shown to be smaller than that (times a standard deviation) may be
    there, but the published study was no instrument for it.

    Args:
      runs: published runs an arm, 2 or more.
      alpha: two-sided level of their test.
      power: chance to find the effect, 1/3 after Simonsohn.

    Returns:
      d33, the difference of means in standard deviations of a run.

    Raises:
      ValueError: if there are fewer than two runs.

    Source: Simonsohn (2015), Psychological Science 26(5).
    """
    if runs < 2:
        raise ValueError(f"runs {runs} is less than 2")
    solve = TTestIndPower().solve_power
    return float(solve(nobs1=runs, alpha=alpha, power=power, ratio=1.0))
