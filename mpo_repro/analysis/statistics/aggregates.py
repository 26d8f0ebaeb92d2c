"""One number for an arm on a suite of tasks.

All functions take scores [..., S, T] (runs x tasks) in return and reduce the last two
axes. Every task has the same weight, also where it has fewer runs than others (NaN);
without gaps the numbers are those that rliable defines.

Source: Agarwal et al. (2021), "Deep Reinforcement Learning at the Edge of the
Statistical Precipice", arXiv 2108.13264, Section 4.
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

Aggregate = Callable[[np.ndarray], np.ndarray]
# What a run of the control suite scores at most.
HIGHEST_RETURN = 1000.0


def task_means(scores: np.ndarray) -> np.ndarray:
    """Averages each task's runs; [..., S, T] -> [..., T].

    Raises:
      ValueError: if a task has no run with a score.
    """
    if not np.isnan(scores.sum()):  # many times faster than to look at each
        return scores.mean(axis=-2)
    if np.isnan(scores).all(axis=-2).any():
        raise ValueError("a task has no run with a score")
    return np.nanmean(scores, axis=-2)


def mean(scores: np.ndarray) -> np.ndarray:
    """Averages over tasks the mean score of each."""
    return task_means(scores).mean(axis=-1)


def median(scores: np.ndarray) -> np.ndarray:
    """Takes the median over tasks of the mean score of each."""
    return np.median(task_means(scores), axis=-1)


def interquartile_mean(scores: np.ndarray) -> np.ndarray:
    """Averages the middle half of all runs of all tasks (IQM).

    Of m runs, floor(m / 4) are cut at either end. With gaps, a run of a task with n
    runs weighs 1 / n, and that share of the weight is cut.
    """
    flat = scores.reshape(*scores.shape[:-2], -1)
    gaps = np.isnan(scores)
    if not gaps.any():
        return stats.trim_mean(flat, 0.25, axis=-1)
    task_means(scores)
    weights = np.where(gaps, 0, 1 / (~gaps).sum(axis=-2, keepdims=True))
    order = np.argsort(flat, axis=-1)
    ordered = np.nan_to_num(np.take_along_axis(flat, order, axis=-1))
    weights = weights.reshape(flat.shape) / scores.shape[-1]
    upper = np.cumsum(np.take_along_axis(weights, order, axis=-1), axis=-1)
    lower = np.concatenate([np.zeros_like(upper[..., :1]), upper[..., :-1]], axis=-1)
    m = (~gaps).sum(axis=(-2, -1), keepdims=True)[..., 0]
    cut = (m // 4) / m
    kept = np.clip(np.minimum(upper, 1 - cut) - np.maximum(lower, cut), 0, None)
    return (kept * ordered).sum(axis=-1) / kept.sum(axis=-1)


def optimality_gap(scores: np.ndarray, target: float = HIGHEST_RETURN) -> np.ndarray:
    """Says how far runs fall short of a target on average; beyond it nothing counts.

    Args:
      scores: [..., S, T], in return.
      target: a return.

    Returns:
      [...], in return; 0 if every run reaches the target.
    """
    return target - mean(np.minimum(scores, target))


# By the names that claims use.
AGGREGATES: dict[str, Aggregate] = {
    "mean": mean,
    "median": median,
    "iqm": interquartile_mean,
    "optimality_gap": optimality_gap,
}
