"""The same test at several numbers of runs, with one error rate for all of them.

Looking again at more runs where the first were not enough makes a second error. The
looks are made at one level (Pocock), as large as alpha for all of them together allows:
that each look has most of its runs in common with the next is counted, where
an equal part of alpha for each (Bonferroni) would pay for the common ones again. The
level follows from the planned numbers of runs alone, so that it is known at the first
look. Each look's own p-value is that of its test, by relabelling runs.

Sources: Pocock (1977), Biometrika 64; Mathieu et al. (2023), arXiv 2306.10882 (AdaStop:
permutation tests of agents, group-sequentially); Worsley (1982), Biometrika 69.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from scipy import special
from scipy.integrate import quad
from scipy.optimize import brentq

from mpo_repro.analysis.statistics.evidence import P_VALUES, Evidence
from mpo_repro.analysis.statistics.missing import run_counts

_FAR = 12.0  # standard deviations beyond which nothing lies


def due(scores: np.ndarray, looks: Sequence[int]) -> np.ndarray:
    """Leaves the scores that enter by the last look of which all runs are there.

    Args:
      scores: a score a run in the order of seeds, [S], NaN where a run gave none.
      looks: numbers of runs, rising; the runs of the first may be incomplete.

    Returns:
      A copy that is NaN beyond that look, [S].
    """
    complete = [n for n in looks if not np.isnan(scores[:n]).any() and n <= len(scores)]
    taken = np.arange(len(scores)) < max(complete, default=looks[0])
    return np.where(taken, scores, np.nan)


def made(runs: int, looks: Sequence[int]) -> Sequence[int]:
    """Gives the looks that so many runs allow; the first is made with any number."""
    return looks[: max(1, sum(n <= runs for n in looks))]


def error_rate(level: float, looks: Sequence[int], other: int) -> float:
    """Computes the chance that any look errs, if each is made at a level.

    Args:
      level: of a look, one-sided.
      looks: numbers of our runs, rising.
      other: runs of the other arm, which are the same at all looks.

    Returns:
      Exact for two looks and estimates that are normal; for more, Worsley's bound.
    """
    if np.isnan(level) or level <= 0 or level >= 1:
        return level
    known = [1 / (1 / n + 1 / other) for n in looks]
    pairs = zip(known, known[1:], strict=False)
    both = sum(_both(level, float(np.sqrt(few / many))) for few, many in pairs)
    return float(min(1.0, len(looks) * level - both))


def _both(level: float, correlation: float) -> float:
    """Computes the chance that two looks err together."""
    z = -float(special.ndtri(level))
    rest = np.sqrt(1 - correlation**2)

    def density(x: float) -> float:
        return np.exp(-x * x / 2) * special.ndtr((correlation * x - z) / rest)

    area, _ = quad(density, z, z + _FAR, epsabs=0, epsrel=1e-9)
    return float(area / np.sqrt(2 * np.pi))


@lru_cache(maxsize=256)
def level(alpha: float, looks: tuple[int, ...], other: int) -> float:
    """Computes the level of each look with which all of them err in alpha of cases."""

    def excess(share: float) -> float:
        return error_rate(share, looks, other) - alpha

    return float(brentq(excess, alpha / len(looks), alpha, xtol=alpha * 1e-9))


def evidence(
    test: Callable[..., Evidence],
    ours: np.ndarray,
    other: np.ndarray,
    looks: Sequence[int],
    *,
    alpha: float,
    **settings,
) -> Evidence:
    """Makes a test of two arms at each look that is due.

    Args:
      test: takes ours, other, alpha and the settings; alpha is one-sided.
      ours: a score a run, [S], as `due` gives it.
      other: a score a run that is the same at all looks, [S_0].
      looks: numbers of our runs, rising.
      alpha: of all looks together.
      **settings: of the test.

    Returns:
      The last look's evidence; each p-value is the error rate of looks at the smallest
      one of all looks, and the interval has the confidence of all looks together. Runs
      that later looks wait for count as missing.
    """
    planned, count = tuple(looks), int(np.count_nonzero(~np.isnan(other)))
    single = [
        test(ours[:n], other, alpha=level(alpha, planned, count), **settings)
        for n in made(np.count_nonzero(~np.isnan(ours)), planned)
    ]
    least = [np.fmin.reduce([getattr(e, name) for e in single]) for name in P_VALUES]
    p_values = [error_rate(float(p), planned, count) for p in least]
    _, missing = run_counts(ours, other)
    found = dict(zip(P_VALUES, p_values, strict=True))
    last = single[-1]
    return replace(
        last,
        alpha=alpha,
        confidence=1 - 2 * alpha,
        missing=missing,
        interval=partial(_interval, last.interval, planned, count),
        **found,
    )


def _interval(
    one: Callable[[float], tuple[float, float]],
    looks: tuple[int, ...],
    other: int,
    confidence: float,
) -> tuple[float, float]:
    """Returns a look's interval, with the confidence of all looks together."""
    return one(1 - 2 * level((1 - confidence) / 2, looks, other))
