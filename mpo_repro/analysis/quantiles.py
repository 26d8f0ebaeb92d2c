"""Statistics over seeds: quantile curves, and means with their spread.

Letters: S seeds.
"""

import numpy as np
import pandas as pd
from scipy import stats

LOW, HIGH = 0.05, 0.95


def seed_quantiles(scores: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Computes the median and the 5 % and 95 % quantiles over seeds.

    Args:
      scores: a column `score` (return), one row a seed within a group.
      by: the columns that make a group.

    Returns:
      The columns `by`, sorted, and seeds (rows in the group), median, low, high, in
      return. Quantiles interpolate linearly between order statistics.

    Raises:
      ValueError: if a group holds one seed twice.
    """
    if scores.duplicated([*by, "seed"]).any():
        raise ValueError(f"more than one row for a seed within {by}")
    groups = scores.groupby(by, observed=True, sort=True)["score"]
    table = groups.agg(
        seeds="size",
        median="median",
        low=lambda values: values.quantile(LOW),
        high=lambda values: values.quantile(HIGH),
    )
    return table.reset_index()


def mean_interval(values: np.ndarray, confidence: float = 0.95) -> dict[str, float]:
    """Summarises one score a seed.

    Args:
      values: scores, shape [S], in return.
      confidence: coverage of the interval for the mean.

    Returns:
      n, mean, sd (n - 1 in the denominator), low and high: Student's interval for
      the mean. What needs more seeds than there are is NaN.
    """
    values = np.asarray(values, np.float64)
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    sd = float(values.std(ddof=1)) if n > 1 else np.nan
    half = stats.t.ppf(0.5 + confidence / 2, n - 1) * sd / n**0.5 if n > 1 else np.nan
    return {"n": n, "mean": mean, "sd": sd, "low": mean - half, "high": mean + half}
