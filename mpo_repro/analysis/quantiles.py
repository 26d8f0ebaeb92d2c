"""Statistics over seeds: quantile curves, and means with their spread.

Letters: S seeds.
"""

import re

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


RANGE = (0.0, 1_000.0)  # of a return on the control suite, of an episode


def bounds_of(task: str) -> tuple[float, float] | None:
    """Returns the range that a task's returns lie in; None where it is not known.

    Args:
      task: a task's name; those of the control suite have none of Gymnasium's `-vN`.
    """
    return None if re.search(r"-v\d+$", task) or "/" in task else RANGE


def mean_interval(
    values: np.ndarray,
    confidence: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> dict[str, float]:
    """Summarises one score a seed.

    Args:
      values: scores, shape [S], in return.
      confidence: coverage of the interval for the mean.
      bounds: the range of scores, if they have one.

    Returns:
      n, mean, sd (n - 1 in the denominator), low and high: Student's interval for
      the mean, as far as it lies within the range. What needs more seeds than there
      are is NaN. How often it holds the mean: `statistics.coverage`.
    """
    values = np.asarray(values, np.float64)
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    sd = float(values.std(ddof=1)) if n > 1 else np.nan
    half = stats.t.ppf(0.5 + confidence / 2, n - 1) * sd / n**0.5 if n > 1 else np.nan
    low, high = mean - half, mean + half
    if bounds is not None and n > 1:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return {"n": n, "mean": mean, "sd": sd, "low": low, "high": high}
