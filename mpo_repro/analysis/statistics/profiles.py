"""Whole distributions: performance profiles and the probability of improvement.

Source: Agarwal et al. (2021), arXiv 2108.13264, Section 4 and Appendix A.
"""

import numpy as np
import pandas as pd

from mpo_repro.analysis.statistics import bootstrap
from mpo_repro.analysis.statistics.estimates import Resampled, tail_level


def performance_profile(
    scores: np.ndarray,
    thresholds: np.ndarray,
    *,
    confidence: float = 0.95,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Says what share of runs scores more than each threshold.

    Args:
      scores: [S, T], in return, NaN where a run gave none; tasks weigh the same.
      thresholds: [K], in return.
      confidence: of the band, at each threshold by itself.
      resamples, seed: see `bootstrap.estimate`.

    Returns:
      threshold, share, low, high: a row a threshold.
    """
    values = bootstrap.score_array(scores)
    marks = np.asarray(thresholds, np.float64)
    above = (values.T[..., None] > marks).astype(np.float64)  # [T, S, K]; gaps: 0
    runs = (~np.isnan(values)).sum(axis=0)
    share = (above.sum(axis=1) / runs[:, None]).mean(axis=0)
    weights = bootstrap.resample_weights(values, resamples, seed)
    flat = weights.reshape(resamples, -1)
    draws = flat @ above.reshape(-1, len(marks)) / values.shape[1]  # [B, K]
    level = tail_level(
        confidence,
        bootstrap.fewest_runs(values),
        bootstrap.degrees_of_freedom(values),
    )
    if level * (resamples + 1) >= 1:
        low, high = np.quantile(draws, [level, 1 - level], axis=0)
    else:  # too few runs or resamples to exclude any share
        low, high = 0.0, 1.0
    return pd.DataFrame({"threshold": marks, "share": share, "low": low, "high": high})


def improvement_probability(
    a: np.ndarray,
    b: np.ndarray,
    *,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = 0,
) -> Resampled:
    """Estimates the chance that a run of a scores more than one of b, on a random task.

    Args:
      a, b: [S_a, T] and [S_b, T], the same tasks in the same order.
      resamples, seed: see `bootstrap.estimate`.

    Returns:
      The estimate, between 0 and 1: per task the share of pairs in which a wins, ties
      as half (Mann-Whitney's U / (S_a S_b)), averaged over tasks.

    Raises:
      ValueError: if the numbers of tasks differ.
    """
    first, second = bootstrap.score_array(a), bootstrap.score_array(b)
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"{first.shape[1]} tasks against {second.shape[1]}")
    x, y = first.T[:, :, None], second.T[:, None, :]  # [T, S_a, 1], [T, 1, S_b]
    wins = (x > y) + 0.5 * (x == y)  # gaps win and tie nothing
    pairs = (~np.isnan(x) & ~np.isnan(y)).sum(axis=(1, 2))
    effect = float((wins.sum(axis=(1, 2)) / pairs).mean())
    left = bootstrap.resample_weights(first, resamples, seed)
    right = bootstrap.resample_weights(second, resamples, seed + 1)
    draws = np.zeros(resamples)
    for task, table in enumerate(wins):
        draws += ((left[:, task] @ table) * right[:, task]).sum(axis=-1)
    draws = np.sort(draws / len(wins))
    runs = bootstrap.fewest_runs(first, second)
    df = bootstrap.degrees_of_freedom(first, second)
    return Resampled(effect, draws, runs, df)
