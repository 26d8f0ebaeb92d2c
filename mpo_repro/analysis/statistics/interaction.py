"""Does one change matter more in one setting than in another?"""

import numpy as np

from mpo_repro.analysis.statistics.contrasts import contrast
from mpo_repro.analysis.statistics.estimates import Student
from mpo_repro.analysis.statistics.evidence import (
    Evidence,
    evidence_of,
    one_sided_power,
)
from mpo_repro.analysis.statistics.missing import run_counts

Cell = tuple[np.ndarray, np.ndarray]


def interaction(
    first: Cell,
    second: Cell,
    *,
    margin: float = 0.0,
    alpha: float = 0.05,
    interest: float | None = None,
) -> Evidence:
    """Tests "the change's effects in two settings differ by more than the margin".

    Args:
      first, second: in each setting, scores with the change and without it, [S] each,
        NaN where a run gave none. Settings that differ in task need scores on a common
        scale. D2: settings are tasks with and without termination, the change is
        the small buffer.
      margin: smallest difference of effects that counts, in the unit of the scores.
      alpha: two-sided; see Evidence.
      interest: the difference of effects at which power is given.

    Returns:
      Evidence under the name `interaction`: (with - without) in the first setting minus
      that in the second, Welch's way. There is no contrary: either sign is an
      interaction. Direction is that there is any; absent, that it is within the margin.

    Raises:
      ValueError: if the margin is negative.
    """
    if margin < 0:
        raise ValueError(f"a margin is not negative: {margin}")
    groups = [*first, *second]
    estimate = contrast(groups, [1, -1, -1, 1])
    runs, missing = run_counts(*groups)
    interest = np.nan if interest is None else interest
    within = np.maximum(estimate.above(-margin), estimate.below(margin))
    return evidence_of(
        "interaction",
        estimate,
        1 - alpha,
        alpha=alpha,
        margin=margin,
        p_claim=_outside(estimate, margin),
        p_contrary=np.nan,
        p_direction=_outside(estimate, 0.0) if margin else np.nan,
        p_absent=float(within) if margin else np.nan,
        runs=runs,
        missing=missing,
        least_runs=estimate.least_runs,
        power=one_sided_power(estimate, abs(interest) - margin, alpha / 2),
        interest=interest,
    )


def _outside(estimate: Student, margin: float) -> float:
    """Returns the two-sided p-value for "the effect is beyond the margin"."""
    tails = estimate.above(margin), estimate.below(-margin)
    return float(np.minimum(1, 2 * min(tails)))
