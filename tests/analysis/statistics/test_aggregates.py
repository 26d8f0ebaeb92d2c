"""Aggregates by hand, by rliable's published definitions, and with gaps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from mpo_repro.analysis.statistics.aggregates import (
    AGGREGATES,
    interquartile_mean,
    mean,
    median,
    optimality_gap,
)

QUICK = settings(max_examples=60, deadline=None)
SHAPES = st.tuples(st.integers(1, 10), st.integers(1, 7))
MATRICES = SHAPES.flatmap(lambda s: arrays.arrays(float, s, elements=st.floats(0, 1e3)))

# Runs x tasks: task means 3, 20, 7.
SCORES = np.array([[1.0, 10, 4], [2, 20, 8], [3, 30, 12], [6, 20, 4]])


def test_mean_and_median_by_hand():
    assert mean(SCORES) == 10
    assert median(SCORES) == 7


def test_interquartile_mean_by_hand():
    # In order 1 2 3 | 4 4 6 8 10 12 | 20 20 30: three of twelve go at either end.
    assert interquartile_mean(SCORES) == pytest.approx(44 / 6)


def test_optimality_gap_by_hand():
    # Shortfall of 10: 9, 8, 7, 4; 0; 6, 2, 0, 6.
    assert optimality_gap(SCORES, target=10) == pytest.approx(42 / 12)
    assert optimality_gap(SCORES, target=0.5) == 0


@QUICK
@given(MATRICES)
def test_without_gaps_these_are_rliables_definitions(scores):
    means = scores.mean(axis=0)
    assert mean(scores) == pytest.approx(np.mean(means))
    assert median(scores) == pytest.approx(np.median(means))
    trimmed = stats.trim_mean(scores, 0.25, axis=None)
    assert interquartile_mean(scores) == pytest.approx(trimmed)
    gap = 1000 - np.mean(np.minimum(scores, 1000))
    assert optimality_gap(scores) == pytest.approx(gap)


@QUICK
@given(MATRICES, st.sampled_from(sorted(AGGREGATES)))
def test_a_row_without_scores_changes_nothing(scores, name):
    gaps = np.vstack([scores, np.full(scores.shape[1], np.nan)])
    function = AGGREGATES[name]
    assert function(gaps) == pytest.approx(function(scores), rel=1e-9, abs=1e-9)


@QUICK
@given(MATRICES, st.sampled_from(sorted(AGGREGATES)))
def test_leading_axes_are_kept(scores, name):
    stacked = np.stack([scores, scores / 2])
    function = AGGREGATES[name]
    expected = [function(scores), function(scores / 2)]
    np.testing.assert_allclose(function(stacked), expected, rtol=1e-12)


def test_with_a_gap_a_task_keeps_its_weight():
    scores = np.array([[0.0, 100], [0, np.nan], [0, np.nan], [0, np.nan]])
    assert mean(scores) == 50
    # Of five runs one goes at either end: 20 % of the weight, with 1/8 a run of the
    # first task and 1/2 for that of the second; 0.3 are left of each.
    assert interquartile_mean(scores) == pytest.approx(50)


@pytest.mark.parametrize("name", sorted(AGGREGATES))
def test_a_task_without_a_run_is_refused(name):
    with pytest.raises(ValueError, match="no run with a score"):
        AGGREGATES[name](np.array([[1.0, np.nan], [2.0, np.nan]]))
