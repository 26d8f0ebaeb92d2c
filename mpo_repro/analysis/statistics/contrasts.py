"""Weighted sums of arms' means, with Satterthwaite's degrees of freedom.

scipy.stats.ttest_ind is the case of two arms; interactions and slopes need more arms,
so all of them are this one function.
"""

from collections.abc import Sequence

import numpy as np

from mpo_repro.analysis.statistics.estimates import Student
from mpo_repro.analysis.statistics.missing import observed


def contrast(groups: Sequence[np.ndarray], weights: Sequence[float]) -> Student:
    """Estimates sum_g w_g E[x_g] without assuming equal variances.

    Args:
      groups: for each arm its scores, shape [S_g], NaN where a run gave none.
      weights: one number an arm.

    Returns:
      The estimate in the unit of the scores; NaN where an arm has fewer than two runs.

    Raises:
      ValueError: if there is not one weight a group.

    Source: Welch (1947), Biometrika 34; Satterthwaite (1946), Biometrics Bulletin 2.
    """
    if len(groups) != len(weights):
        raise ValueError(f"{len(groups)} groups with {len(weights)} weights")
    samples = [observed(group) for group in groups]
    if min(map(len, samples)) < 2:
        return Student(np.nan, np.nan, np.nan)
    w = np.asarray(weights, np.float64)
    n = np.array([len(sample) for sample in samples])
    effect = float(w @ [sample.mean() for sample in samples])
    variances = [_variance(sample) for sample in samples]
    parts = w**2 * variances / n
    total = parts.sum()
    if total == 0:
        return Student(effect, 0.0, float((n - 1).sum()))
    # Divided first: the squares of tiny variances would vanish.
    df = 1 / ((parts / total) ** 2 / (n - 1)).sum()
    return Student(effect, float(np.sqrt(total)), float(df))


def _variance(sample: np.ndarray) -> float:
    """Variance with n - 1; exactly 0 for equal runs, whatever their mean's rounding."""
    return 0.0 if np.ptp(sample) == 0 else float(sample.var(ddof=1))


def welch(a: np.ndarray, b: np.ndarray) -> Student:
    """Estimates the difference of two arms' means, a minus b; see `contrast`."""
    return contrast([a, b], [1, -1])
