"""Numbers of a learning curve, by hand."""

import numpy as np
import pytest

from mpo_repro.analysis.statistics import efficiency

NAN = np.nan
STEPS = [10, 20, 30, 40]


def test_steps_to_a_threshold_and_runs_that_never_reach_it():
    scores = [
        [0, 5, 9, 9],  # reached at 20
        [0, 1, 2, 3],  # never: censored at the end
        [0, 1, NAN, NAN],  # stopped at 20: censored there
        [NAN, NAN, NAN, NAN],  # not there
        [0, NAN, 6, 0],
    ]
    times, reached = efficiency.steps_to_threshold(STEPS, scores, 5)
    np.testing.assert_array_equal(times, [20, 40, 20, NAN, 30])
    np.testing.assert_array_equal(reached, [True, False, False, False, True])


def test_a_threshold_that_must_hold():
    scores = [[9, 0, 9, 9], [9, 0, 9, 0], [0, 0, 0, 9], [9, NAN, 9, 0]]
    times, reached = efficiency.steps_to_threshold(STEPS, scores, 5, hold=2)
    np.testing.assert_array_equal(times, [30, 40, 40, 10])
    np.testing.assert_array_equal(reached, [True, False, False, True])


def test_fewer_evaluations_than_must_hold_reach_nothing():
    times, reached = efficiency.steps_to_threshold([10], [[9]], 5, hold=2)
    assert (times.tolist(), reached.tolist()) == ([10], [False])


def test_area_is_the_mean_return_over_training():
    found = efficiency.area_under_curve([0, 10, 40], [[0, 10, 10], [4, 4, NAN]])
    np.testing.assert_array_equal(found, [(50 + 300) / 40, NAN])
    assert efficiency.area_under_curve([7], [[3]]).tolist() == [3]


def test_final_performance_is_the_mean_of_the_last_part():
    scores = [[0, 0, 4, 8], [0, 0, NAN, 8], [NAN, 0, 1, 3]]
    found = efficiency.final_performance(STEPS, scores, 0.5)
    np.testing.assert_array_equal(found, [6, NAN, 2])
    np.testing.assert_array_equal(
        efficiency.final_performance(STEPS, scores), [8, 8, 3]
    )


@pytest.mark.parametrize("fraction", [0, -0.1, 1.1])
def test_a_part_is_a_share_of_training(fraction):
    with pytest.raises(ValueError, match="fraction"):
        efficiency.final_performance(STEPS, [[1, 2, 3, 4]], fraction)


@pytest.mark.parametrize(
    ("steps", "scores", "problem"),
    [
        ([1, 2], [[1, 2, 3]], "do not fit"),
        ([1, 1], [[1, 2]], "ascend"),
        ([], np.empty((2, 0)), "do not fit"),
        ([1, 2], [1, 2], "do not fit"),
    ],
)
def test_what_is_no_curve_is_refused(steps, scores, problem):
    with pytest.raises(ValueError, match=problem):
        efficiency.area_under_curve(steps, scores)
