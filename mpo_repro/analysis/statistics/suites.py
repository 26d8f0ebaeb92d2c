"""Claims about a whole suite: aggregates of two arms."""

import numpy as np

from mpo_repro.analysis.statistics import bootstrap
from mpo_repro.analysis.statistics.aggregates import AGGREGATES
from mpo_repro.analysis.statistics.contrasts import contrast
from mpo_repro.analysis.statistics.differences import claim_superiority
from mpo_repro.analysis.statistics.equivalence import (
    claim_equivalence,
    claim_non_inferiority,
)
from mpo_repro.analysis.statistics.estimates import Resampled, Student
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.missing import run_counts


def aggregate_difference(
    a: np.ndarray,
    b: np.ndarray,
    aggregate: str,
    *,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = 0,
) -> Resampled | Student:
    """Estimates by how much an aggregate of a exceeds that of b.

    The mean's difference is a contrast of means, with Student's t: a bootstrap cannot
    show p-values as small as those that a family of several tests needs.

    Args:
      a, b: [S_a, T], [S_b, T], NaN where a run gave none.
      aggregate: a key of AGGREGATES; of the optimality gap, less is better, so that
        the sign is turned.
      resamples, seed: see `bootstrap.estimate`.

    Returns:
      The estimate, in return; above 0 if a is better.

    Raises:
      ValueError: if the aggregate is unknown or the numbers of tasks differ.
    """
    if aggregate not in AGGREGATES:
        raise ValueError(f"aggregate {aggregate!r}; allowed: {', '.join(AGGREGATES)}")
    if aggregate == "mean":
        return _mean_difference(bootstrap.score_array(a), bootstrap.score_array(b))
    statistic = AGGREGATES[aggregate]
    pair = (b, a) if aggregate == "optimality_gap" else (a, b)
    return bootstrap.difference(*pair, statistic, resamples=resamples, seed=seed)


def _mean_difference(a: np.ndarray, b: np.ndarray) -> Student:
    tasks = a.shape[1]
    if tasks != b.shape[1]:
        raise ValueError(f"{tasks} tasks against {b.shape[1]}")
    weights = np.repeat([1 / tasks, -1 / tasks], tasks)
    return contrast([*a.T, *b.T], weights)


def suite_superiority(
    a: np.ndarray,
    b: np.ndarray,
    *,
    aggregate: str = "iqm",
    margin: float = 0.0,
    alpha: float = 0.05,
    interest: float | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = 0,
) -> Evidence:
    """Tests "on the suite, a is better than b by more than the margin".

    Args:
      a, b, aggregate, resamples, seed: see `aggregate_difference`.
      margin, alpha, interest: see `differences.claim_superiority`.

    Returns:
      Evidence under the name `suite_superiority`.
    """
    estimate = aggregate_difference(a, b, aggregate, resamples=resamples, seed=seed)
    evidence = claim_superiority(
        estimate, *_counts(a, b), margin=margin, alpha=alpha, interest=interest
    )
    return evidence.named("suite_superiority")


def suite_equivalence(
    a: np.ndarray,
    b: np.ndarray,
    *,
    margin: float,
    aggregate: str = "iqm",
    alpha: float = 0.05,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = 0,
) -> Evidence:
    """Tests "a and b are equally good on the suite, but for less than the margin".

    Args: as `suite_superiority`; the margin is needed.

    Returns:
      Evidence under the name `suite_equivalence`.
    """
    estimate = aggregate_difference(a, b, aggregate, resamples=resamples, seed=seed)
    evidence = claim_equivalence(estimate, *_counts(a, b), margin=margin, alpha=alpha)
    return evidence.named("suite_equivalence")


def suite_non_inferiority(
    a: np.ndarray,
    b: np.ndarray,
    *,
    margin: float,
    aggregate: str = "iqm",
    alpha: float = 0.05,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = 0,
) -> Evidence:
    """Tests "on the suite, a is not worse than b by the margin or more".

    Args: as `suite_equivalence`.

    Returns:
      Evidence under the name `suite_non_inferiority`.
    """
    estimate = aggregate_difference(a, b, aggregate, resamples=resamples, seed=seed)
    evidence = claim_non_inferiority(
        estimate, *_counts(a, b), margin=margin, alpha=alpha
    )
    return evidence.named("suite_non_inferiority")


def _counts(a: np.ndarray, b: np.ndarray) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return run_counts(*map(bootstrap.score_array, (a, b)))
