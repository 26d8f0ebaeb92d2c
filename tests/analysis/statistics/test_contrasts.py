"""Contrasts against scipy's Welch test and answers by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mpo_repro.analysis.statistics.contrasts import contrast, welch

SCORES = st.lists(st.integers(0, 1000).map(float), min_size=2, max_size=12)
QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(SCORES, SCORES)
def test_two_arms_are_scipys_welch_test(a, b):
    found = welch(a, b)
    if np.ptp(a) == np.ptp(b) == 0:
        assert found.se == 0
        return
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.df == pytest.approx(expected.df)
    assert found.above(0) == pytest.approx(stats.t.sf(expected.statistic, expected.df))
    ends = expected.confidence_interval(0.9)
    assert found.interval(0.9) == pytest.approx((ends.low, ends.high))


def test_one_arm_is_students_interval():
    scores = [1.0, 4.0, 4.0, 9.0]
    found = contrast([scores], [2])
    assert found.df == pytest.approx(3)
    expected = stats.t.interval(0.95, 3, loc=9, scale=2 * stats.sem(scores))
    assert found.interval(0.95) == pytest.approx(expected)


def test_three_arms_by_hand():
    # Means 1, 5, 3; variances 2, 2, 8 over two runs each; 1 - 2 * 5 + 3.
    found = contrast([[0, 2], [4, 6], [1, 5]], [1, -2, 1])
    assert found.effect == -6
    assert found.se == pytest.approx(np.sqrt(1 + 4 + 4))
    assert found.df == pytest.approx(81 / (1 + 16 + 16))


@QUICK
@given(SCORES, SCORES)
def test_exchanging_arms_changes_the_sign_only(a, b):
    one, other = welch(a, b), welch(b, a)
    assert one.effect == -other.effect
    assert one.above(0) == pytest.approx(other.below(0))


@QUICK
@given(SCORES, SCORES, st.sampled_from([1e-6, 1e6]))
def test_the_unit_does_not_matter(a, b, unit):
    here, there = welch(a, b), welch(np.array(a) * unit, np.array(b) * unit)
    assert there.effect == pytest.approx(here.effect * unit, abs=1e-9 * unit)
    assert there.above(0) == pytest.approx(here.above(0), abs=1e-9)


def test_gaps_are_left_out():
    assert welch([1, np.nan, 3], [0, 4]) == welch([1, 3], [0, 4])


def test_equal_runs_have_no_spread_whatever_the_rounding_of_their_mean():
    assert welch([0.1] * 3, [0.7] * 3).se == 0


def test_one_run_gives_no_estimate():
    assert np.isnan(welch([1, np.nan], [0, 4]).effect)


def test_a_weight_too_few_is_refused():
    with pytest.raises(ValueError, match="2 groups with 1 weights"):
        contrast([[1, 2], [3, 4]], [1])
