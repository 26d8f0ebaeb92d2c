"""Jonckheere-Terpstra against brute force and Mann-Whitney; the slope by hand."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mpo_repro.analysis.statistics.trends import (
    jonckheere,
    null_distribution,
    slope,
    trend,
    trend_p_values,
)

QUICK = settings(max_examples=30, deadline=None)


def test_statistic_by_hand():
    # Pairs: (1, 2): 3 of 4 and a tie; (1, 3): 4 of 4; (2, 3): 3 of 4.
    assert jonckheere([[1, 3], [3, 5], [4, 6]]) == 3.5 + 4 + 3


@pytest.mark.parametrize("sizes", [(2, 2), (1, 2, 2), (2, 1, 3), (3, 2, 1)])
def test_null_distribution_is_that_of_all_orders(sizes):
    cuts = np.cumsum(sizes)[:-1]
    counts = [
        jonckheere(np.split(np.array(order), cuts))
        for order in permutations(range(sum(sizes)))
    ]
    found = null_distribution(sizes)
    expected = np.bincount(np.array(counts, int), minlength=len(found)) / len(counts)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@QUICK
@given(st.lists(st.integers(1, 9), min_size=2, max_size=5).map(tuple))
def test_null_distribution_is_symmetric_with_the_known_moments(sizes):
    found = null_distribution(sizes)
    n, total = np.array(sizes), sum(sizes)
    values = np.arange(len(found))
    np.testing.assert_allclose(found, found[::-1], atol=1e-12)
    assert found.sum() == pytest.approx(1)
    mean = (total**2 - (n**2).sum()) / 4
    variance = total**2 * (2 * total + 3) - (n**2 * (2 * n + 3)).sum()
    assert found @ values == pytest.approx(mean)
    assert found @ (values - mean) ** 2 == pytest.approx(variance / 72)


@QUICK
@given(st.permutations(range(10)), st.integers(1, 9))
def test_two_levels_are_mann_whitney(order, cut):
    low, high = np.array(order[:cut]), np.array(order[cut:])
    rise, fall = trend_p_values([[low, high]])
    options = {"method": "exact"}
    greater = stats.mannwhitneyu(high, low, alternative="greater", **options)
    less = stats.mannwhitneyu(high, low, alternative="less", **options)
    assert (rise, fall) == pytest.approx((greater.pvalue, less.pvalue))


def test_two_tasks_are_strata():
    # Each task alone has one order of 6 that rises as far.
    task = [[1.0], [2.0], [3.0]]
    assert trend_p_values([task])[0] == pytest.approx(1 / 6)
    assert trend_p_values([task, task])[0] == pytest.approx(1 / 36)


def test_ties_are_shuffled():
    groups = [[0.0, 1, 1], [1.0, 2, 2], [2.0, 3, 3]]
    rise, fall = trend_p_values([groups])
    pooled = np.concatenate(groups)
    rng = np.random.default_rng(5)
    drawn = [jonckheere(np.split(rng.permutation(pooled), 3)) for _ in range(3_000)]
    expected = np.mean(np.array(drawn) >= jonckheere(groups))
    assert rise == pytest.approx(expected, abs=0.006)
    assert fall > 0.99
    assert trend_p_values([groups]) == (rise, fall)


def test_slope_is_that_of_least_squares():
    levels = [np.array([[1.0], [3]]), np.array([[4.0], [6]]), np.array([[5.0], [9]])]
    expected = stats.linregress(np.repeat([0, 1, 2], 2), [1, 3, 4, 6, 5, 9]).slope
    assert slope(levels).effect == pytest.approx(expected)


def test_slope_is_averaged_over_tasks():
    levels = [np.array([[0.0, 5], [0, 5]]) + [[2 * k, 4 * k]] for k in range(4)]
    found = slope(levels)
    assert (found.effect, found.se) == (pytest.approx(3), 0)


def test_a_clear_rise():
    levels = [np.array([1.0, 2, 3]) + 10 * k for k in range(4)]
    found = trend(levels, margin=2)
    assert found.test == "trend"
    assert found.effect == pytest.approx(10)
    assert found.p_claim < 1e-4
    assert found.p_contrary == 1
    assert found.p_absent == 1
    assert found.runs == (3, 3, 3, 3)
    assert trend(levels[::-1]).p_contrary == found.p_claim


def test_a_bend_does_not_hide_a_rise():
    levels = [np.array([0.1, 0.2, 0.3]) + top for top in (0, 1, 2, 900)]
    assert trend(levels).p_claim < 1e-4


def test_gaps_are_left_out_and_counted():
    levels = [[1.0, np.nan, 2], [3.0, 4, 5], [6.0, 7, np.nan]]
    found = trend(levels)
    assert (found.runs, found.missing) == ((2, 3, 2), (1, 0, 1))
    full = trend([[1.0, 2], [3.0, 4, 5], [6.0, 7]])
    assert found.p_claim == full.p_claim


@pytest.mark.parametrize(
    "levels",
    [[[1.0, 2], [3.0, 4]], [np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 1))]],
)
def test_too_few_levels_or_unlike_tasks_are_refused(levels):
    with pytest.raises(ValueError, match="three levels"):
        trend(levels)
