"""The stratified bootstrap: what is drawn, exact distributions, reproducibility."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mpo_repro.analysis.statistics import aggregates, bootstrap

QUICK = settings(max_examples=30, deadline=None)
NAN = np.nan
GAPS = np.array([[1.0, 10, NAN], [NAN, 20, 7], [3, 30, NAN]])


def test_runs_are_drawn_within_their_task():
    drawn = bootstrap.resample(GAPS, 500, seed=0)
    assert drawn.shape == (500, 3, 3)
    for task, values in enumerate([{1.0, 3.0}, {10.0, 20.0, 30.0}, {7.0}]):
        column = drawn[:, :, task]
        assert set(column[~np.isnan(column)]) == values


def test_a_task_keeps_its_number_of_runs():
    drawn = bootstrap.resample(GAPS, 50, seed=0)
    counts = (~np.isnan(drawn)).sum(axis=1)
    np.testing.assert_array_equal(counts, np.tile([2, 3, 1], (50, 1)))


@pytest.mark.parametrize("scores", [GAPS, GAPS[:, 1:2]])
def test_weights_are_shares_of_the_runs_there_are(scores):
    weights = bootstrap.resample_weights(scores, 400, seed=0)
    np.testing.assert_allclose(weights.sum(axis=2), 1)
    assert (weights[:, np.isnan(scores).T] == 0).all()
    counts = (~np.isnan(scores)).sum(axis=0)
    expected = np.where(np.isnan(scores), 0, 1 / counts).T
    np.testing.assert_allclose(weights.mean(axis=0), expected, atol=0.06)


def test_two_runs_give_three_resampled_means():
    # Means 0, 1/2 and 1 with chances 1/4, 1/2, 1/4.
    scores = np.array([0.0, 1.0])
    found = bootstrap.estimate(scores, {"mean": aggregates.mean}, resamples=20_000)
    values, counts = np.unique(found["mean"].draws, return_counts=True)
    np.testing.assert_array_equal(values, [0, 0.5, 1])
    np.testing.assert_allclose(counts / 20_000, [0.25, 0.5, 0.25], atol=0.015)


def test_the_standard_error_of_a_mean_is_the_sample_one():
    scores = np.array([3.0, 8, 1, 9, 4])
    found = bootstrap.estimate(scores, {"mean": aggregates.mean})["mean"]
    assert found.se == pytest.approx(stats.sem(scores), rel=0.03)
    assert found.effect == 5


def test_tasks_are_drawn_independently():
    scores = np.random.default_rng(1).normal(size=(6, 9))
    found = bootstrap.estimate(scores, {"mean": aggregates.mean})["mean"]
    expected = np.sqrt((stats.sem(scores, axis=0) ** 2).sum()) / 9
    assert found.se == pytest.approx(expected, rel=0.03)


def test_arms_of_a_difference_are_drawn_independently():
    a = np.random.default_rng(1).normal(size=(6, 3))
    found = bootstrap.difference(a, a, aggregates.mean)
    one = bootstrap.estimate(a, {"mean": aggregates.mean})["mean"]
    assert found.effect == 0
    assert found.se == pytest.approx(np.sqrt(2) * one.se, rel=0.03)


@QUICK
@given(st.integers(0, 2**31), st.sampled_from(sorted(aggregates.AGGREGATES)))
def test_the_same_seed_gives_the_same_numbers(seed, name):
    statistic = {name: aggregates.AGGREGATES[name]}
    one, other = (
        bootstrap.estimate(GAPS, statistic, resamples=50, seed=seed) for _ in range(2)
    )
    np.testing.assert_array_equal(one[name].draws, other[name].draws)


def test_degrees_of_freedom_follow_who_scatters():
    alike = np.random.default_rng(0).permuted(np.tile([[0.0], [1], [2]], 4), axis=0)
    assert bootstrap.degrees_of_freedom(alike) == pytest.approx(8)
    assert bootstrap.degrees_of_freedom(alike, alike) == pytest.approx(16)
    loud = alike * [1, 0, 0, 0]
    assert bootstrap.degrees_of_freedom(loud) == pytest.approx(2)
    assert bootstrap.degrees_of_freedom(np.ones((5, 3))) == 12


@pytest.mark.parametrize(
    ("scores", "problem"),
    [
        ([[[1.0]]], "runs x tasks"),
        ([[1.0, NAN], [2.0, NAN]], "no run with a score"),
        ([[1.0, np.inf]], "infinite"),
        (np.empty((0, 3)), "runs x tasks"),
    ],
)
def test_what_is_no_score_matrix_is_refused(scores, problem):
    with pytest.raises(ValueError, match=problem):
        bootstrap.score_array(scores)


def test_arms_on_different_tasks_are_refused():
    with pytest.raises(ValueError, match="2 tasks against 3"):
        bootstrap.difference(np.ones((3, 2)), np.ones((3, 3)), aggregates.mean)


def test_eight_arms_of_the_suite_take_less_than_ten_seconds():
    scores = np.random.default_rng(0).uniform(0, 1000, (8, 10, 28))
    scores[0, 3, 4] = np.nan
    start = time.thread_time()
    for arm in scores:
        made = bootstrap.estimate(arm, aggregates.AGGREGATES, resamples=10_000)
        assert len([one.interval(0.95) for one in made.values()]) == 4
    assert time.thread_time() - start < 10
