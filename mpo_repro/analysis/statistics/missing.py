"""Runs without a score: what is left out, what is counted, what it could change."""

import numpy as np


def observed(scores: np.ndarray) -> np.ndarray:
    """Gives the scores that are there.

    Args:
      scores: one score a run, NaN where a run gave none; shape [S].

    Returns:
      The finite ones as float64, shape [n], n <= S.

    Raises:
      ValueError: if scores is not a vector, or holds an infinite value.
    """
    values = np.asarray(scores, np.float64)
    if values.ndim != 1:
        raise ValueError(f"scores of one arm are a vector, not of shape {values.shape}")
    if np.isinf(values).any():
        raise ValueError("a score is infinite; a run that diverged scores the floor")
    return values[~np.isnan(values)]


def run_counts(*arms: np.ndarray) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Counts runs with and without a score.

    Args:
      arms: for each arm, a score a run [S], or scores [S, T] of several tasks.

    Returns:
      runs and missing, a number an arm. With several tasks, runs is that of the task
      with the fewest, and missing is the sum over tasks.
    """
    gaps = [np.isnan(np.asarray(arm, np.float64)) for arm in arms]
    runs = tuple(int((~gap).sum(axis=0).min()) for gap in gaps)
    return runs, tuple(int(gap.sum()) for gap in gaps)


def at_floor(scores: np.ndarray, failed: np.ndarray, floor: float = 0.0) -> np.ndarray:
    """Gives runs that failed by their own doing the lowest score of the task.

    Args:
      scores: any shape, in return.
      failed: of the same shape: true where the run diverged or learnt nothing.
      floor: that score, in return; 0 in the control suite.

    Returns:
      A copy with `floor` in these places; runs that are merely missing stay NaN.
    """
    values = np.asarray(scores, np.float64)
    return np.where(np.asarray(failed, bool), floor, values)


def effect_bounds(
    a: np.ndarray, b: np.ndarray, floor: float = 0.0, ceiling: float = 1000.0
) -> tuple[float, float]:
    """Bounds what the difference of means would be with all planned runs.

    Args:
      a, b: a score a run, NaN where missing; shape [S] each, in return.
      floor, ceiling: lowest and highest possible score, in return.

    Returns:
      Least and greatest mean(a) - mean(b) that any scores of the missing runs could
      give; equal where none is missing. Source: Manski (1989), worst-case bounds.
    """
    low_a, high_a = (np.nan_to_num(a, nan=fill).mean() for fill in (floor, ceiling))
    low_b, high_b = (np.nan_to_num(b, nan=fill).mean() for fill in (floor, ceiling))
    return float(low_a - high_b), float(high_a - low_b)
