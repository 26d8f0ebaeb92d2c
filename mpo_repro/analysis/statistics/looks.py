"""The same test at several numbers of runs, with one error rate for all of them.

Looking again at more runs where the first were not enough makes a second error: each of
L looks that are fixed beforehand has an L-th of alpha (Bonferroni), whether it is made
or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mpo_repro.analysis.statistics.evidence import P_VALUES, Evidence
from mpo_repro.analysis.statistics.missing import run_counts


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
      test: takes ours, other, alpha and the settings.
      ours: a score a run, [S], as `due` gives it.
      other: a score a run that is the same at all looks, [S_0].
      looks: numbers of our runs, rising.
      alpha: of all looks together.
      **settings: of the test.

    Returns:
      The last look's evidence, its interval at the confidence of a single look; each
      p-value is the smallest of all looks times their number. Runs that later looks
      wait for count as missing.
    """
    single = [
        test(ours[:n], other, alpha=alpha / len(looks), **settings)
        for n in made(np.count_nonzero(~np.isnan(ours)), looks)
    ]
    least = [np.fmin.reduce([getattr(e, name) for e in single]) for name in P_VALUES]
    p_values = map(float, np.minimum(1, np.multiply(least, len(looks))))
    _, missing = run_counts(ours, other)
    found = dict(zip(P_VALUES, p_values, strict=True))
    return replace(single[-1], alpha=alpha, missing=missing, **found)
