"""How fast an arm learns: from learning curves to one number a run.

Curves are on a common grid of evaluations: steps [K], scores [S, K], NaN where a run
was not evaluated. A run that stopped early has NaN from there on.
"""

import numpy as np


def curve_arrays(steps: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, ...]:
    """Checks learning curves.

    Args:
      steps: environment steps of the evaluations, ascending, [K].
      scores: in return, [S, K].

    Returns:
      Both as float64.

    Raises:
      ValueError: if shapes do not fit or steps do not ascend.
    """
    grid = np.asarray(steps, np.float64)
    values = np.asarray(scores, np.float64)
    if values.ndim != 2 or grid.shape != values.shape[1:] or not len(grid):
        raise ValueError(f"steps {grid.shape} do not fit scores {values.shape}")
    if (np.diff(grid) <= 0).any():
        raise ValueError("steps do not ascend")
    return grid, values


def steps_to_threshold(
    steps: np.ndarray, scores: np.ndarray, threshold: float, hold: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Finds when each run reaches a return; runs that never do are censored.

    Args:
      steps, scores: see `curve_arrays`.
      threshold: in return.
      hold: so many evaluations in a row must reach it; the first of them counts.
        A run that was not evaluated at a step is judged by its other evaluations.

    Returns:
      times [S], in environment steps: when the threshold was reached, else the run's
      last evaluation, NaN for a run without any; reached [S], bool.
    """
    grid, values = curve_arrays(steps, scores)
    times = np.full(len(values), np.nan)
    reached = np.zeros(len(values), bool)
    for run, row in enumerate(values):
        present = ~np.isnan(row)
        at, good = grid[present], row[present] >= threshold
        if not len(at):
            continue
        held = np.convolve(good, np.ones(hold, int), "valid") if len(at) >= hold else []
        first = np.flatnonzero(np.asarray(held) == hold)
        reached[run] = len(first) > 0
        times[run] = at[first[0]] if len(first) else at[-1]
    return times, reached


def area_under_curve(steps: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Averages each run's return over training (area by trapezoids / steps).

    Args:
      steps, scores: see `curve_arrays`.

    Returns:
      [S], in return, from the first evaluation to the last; NaN for a run that lacks
      an evaluation, as its area would not compare with the others'.
    """
    grid, values = curve_arrays(steps, scores)
    if len(grid) == 1:
        return values[:, 0]
    return np.trapezoid(values, grid, axis=1) / (grid[-1] - grid[0])


def final_performance(
    steps: np.ndarray, scores: np.ndarray, fraction: float = 0.1
) -> np.ndarray:
    """Averages each run's return over the last part of training.

    Args:
      steps, scores: see `curve_arrays`.
      fraction: evaluations later than (1 - fraction) times the last step count.

    Returns:
      [S], in return; NaN for a run that lacks one of these evaluations.

    Raises:
      ValueError: if fraction is not in (0, 1].
    """
    grid, values = curve_arrays(steps, scores)
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction {fraction} is not in (0, 1]")
    late = grid > (1 - fraction) * grid[-1]
    return values[:, late].mean(axis=1)
