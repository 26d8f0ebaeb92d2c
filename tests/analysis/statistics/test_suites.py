"""Claims about suites, through the aggregates' and the bootstrap's own numbers."""

import numpy as np
import pytest

from mpo_repro.analysis.statistics import bootstrap, suites
from mpo_repro.analysis.statistics.aggregates import AGGREGATES

RNG = np.random.default_rng(0)
A, B = RNG.uniform(0, 500, (2, 6, 4))


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_effect_is_the_difference_of_aggregates_with_better_as_more(name):
    found = suites.suite_superiority(A + 200, B, aggregate=name, resamples=500)
    expected = AGGREGATES[name](A + 200) - AGGREGATES[name](B)
    sign = -1 if name == "optimality_gap" else 1
    assert found.effect == pytest.approx(sign * expected)
    assert found.effect > 0


def test_the_claim_is_shown_exactly_if_the_interval_is_above_nothing():
    for shift in range(0, 300, 25):
        found = suites.suite_superiority(A + shift, B, resamples=2_000)
        assert (found.p_claim <= 0.05) == (found.low > 0)


def test_equivalence_and_non_inferiority_use_the_narrower_interval():
    estimate = bootstrap.difference(A, B, AGGREGATES["iqm"], resamples=500)
    ends = estimate.interval(0.9)
    for test in (suites.suite_equivalence, suites.suite_non_inferiority):
        found = test(A, B, margin=400, resamples=500)
        assert (found.low, found.high) == ends
        assert found.least_runs == 4


def test_the_mean_over_tasks_is_a_contrast_of_means():
    found = suites.suite_superiority(A, B, aggregate="mean")
    parts = A.var(axis=0, ddof=1) / 6 + B.var(axis=0, ddof=1) / 6
    half = (found.high - found.low) / 2
    assert found.effect == pytest.approx(A.mean() - B.mean())
    assert np.sqrt(parts.sum()) / 4 * 1.96 < half < np.sqrt(parts.sum()) / 4 * 2.2
    # As many tests as a family may have can show it: no floor of resamples.
    assert suites.suite_superiority(A + 900, B, aggregate="mean").p_claim < 1e-6


def test_missing_runs_are_counted():
    gaps = A.copy()
    gaps[0, :2] = gaps[1, 0] = np.nan
    found = suites.suite_superiority(gaps, B, resamples=200)
    assert (found.runs, found.missing) == ((4, 6), (3, 0))


def test_an_unknown_aggregate_is_refused():
    with pytest.raises(ValueError, match="allowed: mean, median, iqm"):
        suites.suite_superiority(A, B, aggregate="sum")
