"""Does the score rise with the levels of a setting?

Jonckheere-Terpstra and not Page: Page's test ranks the levels within blocks that were
measured at every level. Seeds are no blocks (seed 3 at one level shares nothing with
seed 3 at another), and levels may have different numbers of runs. Tasks are blocks;
they enter as strata, of which the statistic is the sum.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from mpo_repro.analysis.statistics.bootstrap import score_array
from mpo_repro.analysis.statistics.contrasts import contrast
from mpo_repro.analysis.statistics.differences import claim_superiority
from mpo_repro.analysis.statistics.estimates import Student
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.missing import run_counts

SHUFFLES = 9_999


def jonckheere(groups: Sequence[np.ndarray]) -> float:
    """Counts pairs of runs of different levels in which the higher level scores more.

    Args:
      groups: scores of each level in ascending order, [S_g], without gaps.

    Returns:
      J, ties counted as half; between 0 and the number of such pairs.

    Source: Terpstra (1952); Jonckheere (1954), Biometrika 41.
    """
    pairs = combinations([np.asarray(group) for group in groups], 2)
    return float(sum(_wins(high, low) for low, high in pairs))


def _wins(high: np.ndarray, low: np.ndarray) -> float:
    differences = high[:, None] - low
    return (differences > 0).sum() + 0.5 * (differences == 0).sum()


@lru_cache(maxsize=64)
def null_distribution(sizes: tuple[int, ...]) -> np.ndarray:
    """Gives the chance of each J if levels do not matter and no two scores are equal.

    J is a sum of independent Mann-Whitney counts: each level against all before it. The
    number of orders with a given count is a coefficient of a Gaussian binomial, the
    product of (1 - x^(m+i)) / (1 - x^i).

    Args:
      sizes: runs at each level.

    Returns:
      Probabilities of J = 0, 1, ..., all pairs.
    """
    chances = np.ones(1)
    for level in range(1, len(sizes)):
        before = sum(sizes[:level])
        count = np.ones(1)
        for i in range(1, sizes[level] + 1):
            count = np.append(count, np.zeros(before + i))
            count[before + i :] -= count[: -(before + i)].copy()
            for k in range(i, len(count)):  # division by 1 - x^i
                count[k] += count[k - i]
            count = count[: i * before + 1]
        chances = np.convolve(chances, count / count.sum())
    return chances


def trend_p_values(strata: Sequence[Sequence[np.ndarray]]) -> tuple[float, float]:
    """Computes the p-values of J summed over strata.

    Args:
      strata: for each task, scores of each level in ascending order, without gaps.

    Returns:
      One-sided p-values for a rise and for a fall: exact without ties, else from 9,999
      shuffles of the runs over the levels, always the same.
    """
    total = sum(jonckheere(groups) for groups in strata)
    pooled = [np.concatenate(list(groups)) for groups in strata]
    if any(len(np.unique(scores)) < len(scores) for scores in pooled):
        return _shuffled(strata, pooled, total)
    chances = np.ones(1)
    for groups in strata:
        null = null_distribution(tuple(len(group) for group in groups))
        chances = np.convolve(chances, null)
    reached = int(total)
    return float(chances[reached:].sum()), float(chances[: reached + 1].sum())


def _shuffled(strata, pooled, total) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    sums = np.zeros(SHUFFLES)
    for groups, scores in zip(strata, pooled, strict=True):
        mixed = rng.permuted(np.tile(scores, (SHUFFLES, 1)), axis=1)
        level = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        low, high = np.nonzero(level[:, None] < level)
        gain = mixed[:, high] - mixed[:, low]
        sums += (gain > 0).sum(axis=1) + 0.5 * (gain == 0).sum(axis=1)
    rise = (1 + (sums >= total).sum()) / (1 + SHUFFLES)
    return float(rise), float((1 + (sums <= total).sum()) / (1 + SHUFFLES))


def slope(levels: Sequence[np.ndarray]) -> Student:
    """Estimates the rise of the mean score per level, averaged over tasks.

    Args:
      levels: for each level in ascending order, scores [S_g, T].

    Returns:
      The least-squares slope over equally spaced levels, in return per level, without
      assuming equal variances.
    """
    position = np.arange(len(levels)) - (len(levels) - 1) / 2
    weight = position / (position**2).sum()
    tasks = levels[0].shape[1]
    groups = [level[:, task] for task in range(tasks) for level in levels]
    return contrast(groups, np.tile(weight / tasks, tasks))


def trend(
    levels: Sequence[np.ndarray],
    *,
    margin: float = 0.0,
    alpha: float = 0.05,
    interest: float | None = None,
) -> Evidence:
    """Tests "the score rises from level to level" (Jonckheere-Terpstra).

    Args:
      levels: for each level in ascending order, scores [S_g] or [S_g, T], NaN where a
        run gave none.
      margin: smallest rise that counts, in return per level.
      alpha: two-sided; see Evidence.
      interest: the rise per level at which power is given, for the slope's t-test; by
        default the margin.

    Returns:
      Evidence under the name `trend`. Effect and interval are of the slope; p_claim
      and p_contrary are of the ranks, so that a bend or an outlier does not hide a
      rise; p_absent is of the slope.

    Raises:
      ValueError: if there are fewer than three levels, or they differ in tasks.
    """
    matrices = [score_array(level) for level in levels]
    if len(matrices) < 3 or len({m.shape[1] for m in matrices}) > 1:
        raise ValueError("a trend needs three levels or more, all on the same tasks")
    runs, missing = run_counts(*matrices)
    evidence = claim_superiority(
        slope(matrices), runs, missing, margin=margin, alpha=alpha, interest=interest
    )
    strata = [
        [column[~np.isnan(column)] for column in (m[:, task] for m in matrices)]
        for task in range(matrices[0].shape[1])
    ]
    rise, fall = trend_p_values(strata)
    return evidence.with_p_values(min(1, 2 * rise), min(1, 2 * fall)).named("trend")
