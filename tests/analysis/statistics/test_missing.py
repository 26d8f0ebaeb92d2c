"""Runs without a score are left out and counted; those that diverged are the worst."""

import numpy as np
import pytest

from mpo_repro.analysis.statistics import missing

NAN = np.nan


def test_gaps_are_left_out_and_the_order_stays():
    np.testing.assert_array_equal(missing.observed([3, NAN, 1]), [3, 1])


@pytest.mark.parametrize("scores", [[[1.0], [2.0]], 3.0])
def test_an_arm_is_a_vector(scores):
    with pytest.raises(ValueError, match="vector"):
        missing.observed(scores)


def test_an_infinite_score_is_refused():
    with pytest.raises(ValueError, match="infinite"):
        missing.observed([1, np.inf])


def test_runs_are_counted_an_arm():
    assert missing.run_counts([1, NAN, 3], [1, 2]) == ((2, 2), (1, 0))


def test_of_several_tasks_the_one_with_fewest_runs_counts():
    scores = [[1, NAN, 3], [4, NAN, NAN], [7, 8, 9]]
    assert missing.run_counts(scores) == ((1,), (3,))


def test_runs_that_diverged_are_the_worst_and_missing_runs_stay_missing():
    found = missing.at_worst([5, NAN, 7, NAN], [False, True, True, False], worst=-1)
    np.testing.assert_array_equal(found, [5, -1, -1, NAN])
