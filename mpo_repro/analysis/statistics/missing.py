"""Runs without a score: what is left out, what is counted, what counts as the worst."""

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


def at_worst(scores: np.ndarray, diverged: np.ndarray, worst: float) -> np.ndarray:
    """Gives runs that failed by their own doing the worst score there is.

    Args:
      scores: any shape, in any unit.
      diverged: of the same shape: true where the run's numbers went wrong.
      worst: that score.

    Returns:
      A copy with `worst` in these places; runs that are merely missing stay NaN.
    """
    values = np.asarray(scores, np.float64)
    return np.where(np.asarray(diverged, bool), worst, values)
