"""Stratified bootstrap: runs are drawn anew within each task, tasks stay as they are.

A gap (NaN) is never drawn: a task with n runs keeps n runs.
"""

from collections.abc import Callable, Mapping

import numpy as np

from mpo_repro.analysis.statistics.aggregates import Aggregate
from mpo_repro.analysis.statistics.estimates import Resampled

RESAMPLES = 10_000


def score_array(scores: np.ndarray) -> np.ndarray:
    """Checks a runs x tasks matrix.

    Args:
      scores: [S, T], NaN where a run gave none; [S] counts as one task.

    Returns:
      float64 [S, T].

    Raises:
      ValueError: if it is not such a matrix, an entry is infinite, or a task has no
        run with a score.
    """
    values = np.asarray(scores, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or not values.size:
        raise ValueError(f"scores are runs x tasks, not of shape {values.shape}")
    if np.isinf(values).any():
        raise ValueError("a score is infinite; a run that diverged scores the floor")
    if np.isnan(values).all(axis=0).any():
        raise ValueError("a task has no run with a score")
    return values


def _drawn_rows(counts: np.ndarray, runs: int, resamples: int, seed: int) -> np.ndarray:
    """Draws, for each task, rows below its count; [B, S, T], in any row."""
    rng = np.random.default_rng(seed)
    size = (resamples, runs, len(counts))
    if (counts == counts[0]).all():
        return rng.integers(0, counts[0], size=size)
    # An array of bounds is ten times slower; rounding may just reach the bound.
    return np.minimum((rng.random(size) * counts).astype(np.int64), counts - 1)


def resample(scores: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Draws matrices of the same shape, each task's runs from its own, with repeats.

    Args:
      scores: from `score_array`, [S, T].
      resamples: B.
      seed: of the generator.

    Returns:
      [B, S, T]; a task with n < S runs has NaN in its last S - n rows.
    """
    packed = np.sort(scores, axis=0)  # NaN last
    counts = (~np.isnan(packed)).sum(axis=0)
    rows = _drawn_rows(counts, len(scores), resamples, seed)
    drawn = np.take_along_axis(packed[None], rows, axis=1)
    if (counts < len(scores)).any():
        drawn[:, np.arange(len(scores))[:, None] >= counts] = np.nan
    return drawn


def resample_weights(scores: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Says what share of each task's resample every run has.

    Args: as `resample`.

    Returns:
      [B, T, S], in the order of the rows of scores; sums to 1 over S; 0 for gaps.
    """
    runs, tasks = scores.shape
    counts = (~np.isnan(scores)).sum(axis=0)
    rows = _drawn_rows(counts, runs, resamples, seed)
    rows = np.where(np.arange(runs)[:, None] < counts, rows, runs)  # a bin to drop
    cells = np.arange(resamples * tasks).reshape(resamples, 1, tasks) * (runs + 1)
    tally = np.bincount(
        (cells + rows).ravel(), minlength=resamples * tasks * (runs + 1)
    )
    packed = tally.reshape(resamples, tasks, runs + 1)[..., :runs] / counts[:, None]
    order = np.argsort(np.isnan(scores), axis=0, kind="stable").T  # runs first
    weights = np.empty_like(packed)
    np.put_along_axis(weights, np.broadcast_to(order, packed.shape), packed, axis=-1)
    return weights


def degrees_of_freedom(*arms: np.ndarray) -> float:
    """Says how well the arms' runs together determine a standard error.

    Args:
      arms: [S, T] each.

    Returns:
      Satterthwaite's degrees of freedom of a sum over tasks and arms of mean scores:
      near the sum of n - 1 if tasks vary alike, near one task's if it alone varies.
    """
    parts, freedom = [], []
    for arm in arms:
        n = (~np.isnan(arm)).sum(axis=0)
        usable = arm[:, n > 1]
        parts.append(np.nanvar(usable, axis=0, ddof=1) / n[n > 1])
        freedom.append(n[n > 1] - 1)
    v, f = np.concatenate(parts), np.concatenate(freedom)
    if not v.sum() > 0:
        return float(f.sum())
    return float(1 / ((v / v.sum()) ** 2 / f).sum())


def fewest_runs(*arms: np.ndarray) -> int:
    """Counts the runs of the arm and task that has fewest."""
    return int(min((~np.isnan(arm)).sum(axis=0).min() for arm in arms))


def estimate(
    scores: np.ndarray,
    statistics: Mapping[str, Aggregate],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Resampled]:
    """Estimates aggregates of one arm, all from the same resamples.

    Args:
      scores: [S, T], in return, NaN where a run gave none.
      statistics: name -> function of [..., S, T], such as `aggregates.AGGREGATES`.
      resamples: B.
      seed: of the generator; the same seed gives the same numbers.

    Returns:
      name -> estimate.
    """
    values = score_array(scores)
    drawn = resample(values, resamples, seed)
    runs, df = fewest_runs(values), degrees_of_freedom(values)
    return {
        name: Resampled(float(function(values)), np.sort(function(drawn)), runs, df)
        for name, function in statistics.items()
    }


def difference(
    a: np.ndarray,
    b: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Resampled:
    """Estimates statistic(a) - statistic(b); the arms are drawn independently.

    Args:
      a, b: [S_a, T] and [S_b, T], the same tasks in the same order.
      statistic: of [..., S, T].
      resamples, seed: as in `estimate`.

    Returns:
      The estimate, in the statistic's unit.

    Raises:
      ValueError: if the numbers of tasks differ.
    """
    first, second = score_array(a), score_array(b)
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"{first.shape[1]} tasks against {second.shape[1]}")
    draws = statistic(resample(first, resamples, seed))
    draws = draws - statistic(resample(second, resamples, seed + 1))
    effect = float(statistic(first) - statistic(second))
    runs, df = fewest_runs(first, second), degrees_of_freedom(first, second)
    return Resampled(effect, np.sort(draws), runs, df)
