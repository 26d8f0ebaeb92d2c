"""Claims of no difference that counts: equivalence and non-inferiority.

The margin is what counts as a difference; it is fixed before the runs. Here alpha is
one-sided, as is usual for these tests, and the interval has confidence 1 - 2 alpha: the
claim is shown exactly if that interval lies inside the margin.

What no such test can exclude with few runs: an arm that fails now and then. If 30 % of
an arm's runs fail, none of five does in 17 % of cases, and none of three in 34 %: with
three runs these tests decide nothing.
"""

import numpy as np

from mpo_repro.analysis.statistics.differences import mean_difference
from mpo_repro.analysis.statistics.estimates import Estimate
from mpo_repro.analysis.statistics.evidence import (
    Evidence,
    evidence_of,
    one_sided_power,
)
from mpo_repro.analysis.statistics.missing import run_counts

LEAST_RUNS = 4


def claim_equivalence(
    estimate: Estimate,
    runs: tuple,
    missing: tuple,
    *,
    margin: float,
    alpha: float = 0.05,
    null: float = 0.0,
) -> Evidence:
    """Holds "the effect lies within the margin around null" against an estimate (TOST).

    Args:
      estimate: of the effect.
      runs, missing: see Evidence.
      margin: greatest distance from null that does not count, in the effect's unit.
      alpha: see Evidence; for each of the two one-sided tests.
      null: the value that stands for no effect.

    Returns:
      Evidence under the name `equivalence`; its contrary is an effect beyond the
      margin, on either side; its power is that for an effect of exactly null.

    Raises:
      ValueError: if the margin is not positive.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15.
    """
    _check(margin)
    outer = np.minimum(estimate.above(null + margin), estimate.below(null - margin))
    inner = np.maximum(estimate.above(null - margin), estimate.below(null + margin))
    one_side = one_sided_power(estimate, margin, alpha)
    return _evidence(
        "equivalence",
        estimate,
        (float(inner), float(np.minimum(1, 2 * outer))),
        # Both tests must pass; with no effect each fails as often as the other.
        max(0.0, 2 * one_side - 1) if one_side == one_side else np.nan,
        (runs, missing, margin, alpha),
    )


def claim_non_inferiority(
    estimate: Estimate,
    runs: tuple,
    missing: tuple,
    *,
    margin: float,
    alpha: float = 0.05,
    null: float = 0.0,
) -> Evidence:
    """Holds "the effect is not below null by the margin or more" against an estimate.

    Args: as `claim_equivalence`.

    Returns:
      Evidence under the name `non_inferiority`; its contrary is an effect below
      null by more than the margin; its power is that for an effect of exactly null.

    Raises:
      ValueError: if the margin is not positive.
    """
    _check(margin)
    tails = (estimate.above(null - margin), estimate.below(null - margin))
    power = one_sided_power(estimate, margin, alpha)
    settings = (runs, missing, margin, alpha)
    return _evidence("non_inferiority", estimate, tails, power, settings)


def _check(margin: float) -> None:
    if not margin > 0:
        raise ValueError(f"this test needs a margin greater than 0, not {margin}")


def _evidence(test, estimate, tails, power, settings) -> Evidence:
    runs, missing, margin, alpha = settings
    return evidence_of(
        test,
        estimate,
        1 - 2 * alpha,
        alpha=alpha,
        margin=margin,
        p_claim=tails[0],
        p_contrary=tails[1],
        p_absent=np.nan,
        runs=runs,
        missing=missing,
        least_runs=max(LEAST_RUNS, estimate.least_runs),
        power=power,
        interest=0.0,
    )


def equivalence(
    a: np.ndarray,
    b: np.ndarray,
    *,
    margin: float,
    alpha: float = 0.05,
    method: str = "auto",
) -> Evidence:
    """Tests "a and b have the same mean, but for less than the margin", on one task.

    Args:
      a, b: scores, shapes [S_a] and [S_b], NaN where a run gave none.
      margin, alpha: see `claim_equivalence`.
      method: see `differences.mean_difference`.

    Returns:
      Evidence; effect and interval are of mean(a) - mean(b).
    """
    estimate = mean_difference(a, b, method)
    return claim_equivalence(estimate, *run_counts(a, b), margin=margin, alpha=alpha)


def non_inferiority(
    a: np.ndarray,
    b: np.ndarray,
    *,
    margin: float,
    alpha: float = 0.05,
    method: str = "auto",
) -> Evidence:
    """Tests "a's mean is not below b's by the margin or more", on one task.

    Args and returns: as `equivalence`.
    """
    estimate = mean_difference(a, b, method)
    return claim_non_inferiority(
        estimate, *run_counts(a, b), margin=margin, alpha=alpha
    )
