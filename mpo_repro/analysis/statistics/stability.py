"""How evenly an arm learns: over seeds, over time, and how often not at all."""

from functools import partial

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.missing import observed, run_counts


def dispersion(scores: np.ndarray) -> dict[str, float]:
    """Describes how far seeds lie apart.

    Args:
      scores: a score a run, NaN where a run gave none, [S], in return.

    Returns:
      runs, sd (n - 1), interquartile_range, range, lowest (the worst run); what needs
      more runs than there are is NaN.
    """
    values = observed(scores)
    if len(values) < 2:
        lowest = float(values[0]) if len(values) else np.nan
        spread = dict.fromkeys(("sd", "interquartile_range", "range"), np.nan)
        return {"runs": len(values), **spread, "lowest": lowest}
    return {
        "runs": len(values),
        "sd": float(values.std(ddof=1)),
        "interquartile_range": float(stats.iqr(values)),
        "range": float(np.ptp(values)),
        "lowest": float(values.min()),
    }


def worst_drop(scores: np.ndarray) -> np.ndarray:
    """Finds how far each run ever fell below the best it had been.

    Args:
      scores: a run's evaluations in order, [S, K], in return; NaN where it was not
        evaluated.

    Returns:
      [S], in return, 0 for a run that never fell; NaN for one without evaluations.
    """
    values = np.asarray(scores, np.float64)
    best = np.fmax.accumulate(values, axis=1)
    drops = best - values
    empty = np.isnan(values).all(axis=1)
    return np.where(empty, np.nan, np.nan_to_num(drops).max(axis=1))


def failed(scores: np.ndarray, threshold: float) -> np.ndarray:
    """Marks runs below a return: 1 failed, 0 not, NaN without a score; any shape."""
    values = np.asarray(scores, np.float64)
    return np.where(np.isnan(values), np.nan, values < threshold)


def rarely_fails(
    failures: np.ndarray, *, margin: float, alpha: float = 0.05
) -> Evidence:
    """Tests "less than a share `margin` of runs fails" by the binomial distribution.

    Args:
      failures: 1 for a failed run, 0 for another, NaN for a missing one, [S].
      margin: between 0 and 1. Five runs without failure exclude shares over 45 %,
        ten over 26 %, at alpha 0.05.
      alpha: one-sided; see Evidence.

    Returns:
      Evidence under the name `rarely_fails`: the share, its Clopper-Pearson interval
      with confidence 1 - 2 alpha; power is that if no run ever failed.

    Raises:
      ValueError: if the margin is not between 0 and 1.
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin {margin} is not a share between 0 and 1")
    values = observed(failures)
    n, count = len(values), int(values.sum())
    interval = partial(_clopper_pearson, count, n)
    low, high = interval(1 - 2 * alpha)
    return Evidence(
        test="rarely_fails",
        effect=count / n if n else np.nan,
        low=low,
        high=high,
        confidence=1 - 2 * alpha,
        alpha=alpha,
        margin=margin,
        p_claim=float(stats.binom.cdf(count, n, margin)) if n else np.nan,
        p_contrary=float(stats.binom.sf(count - 1, n, margin)) if n else np.nan,
        p_absent=np.nan,
        runs=(n,),
        missing=run_counts(failures)[1],
        least_runs=1,
        power=float((1 - margin) ** n <= alpha),
        interest=0.0,
        interval=interval,
    )


def _clopper_pearson(count: int, n: int, confidence: float) -> tuple[float, float]:
    if not n:
        return np.nan, np.nan
    low, high = proportion_confint(count, n, 1 - confidence, "beta")
    return float(low), float(high)
