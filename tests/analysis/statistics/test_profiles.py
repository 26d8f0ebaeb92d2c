"""Performance profiles and the probability of improvement, by hand and by scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mpo_repro.analysis.statistics.profiles import (
    improvement_probability,
    performance_profile,
)

NAN = np.nan
SCORES = st.lists(st.integers(0, 5).map(float), min_size=2, max_size=8)


def test_profile_by_hand():
    found = performance_profile(
        [[1.0, 5], [3, 5]], [0, 1, 3, 5], resamples=100
    ).set_index("threshold")
    assert found["share"].to_dict() == {0: 1, 1: 0.75, 3: 0.5, 5: 0}


def test_profile_weighs_tasks_alike_whatever_their_runs():
    found = performance_profile([[9.0, 0], [9, NAN], [9, NAN]], [5], resamples=100)
    assert found["share"].tolist() == [0.5]
    assert found[["low", "high"]].to_numpy().tolist() == [[0, 1]]  # one run of a task


def test_profile_falls_and_lies_in_its_band():
    scores = np.random.default_rng(0).uniform(0, 1000, (10, 6))
    found = performance_profile(scores, np.linspace(-1, 1000, 21), resamples=2_000)
    assert (np.diff(found["share"]) <= 0).all()
    assert (found["low"] <= found["share"]).all()
    assert (found["share"] <= found["high"]).all()
    np.testing.assert_allclose(found.iloc[0][["low", "share", "high"]], 1)


def test_band_of_one_task_is_that_of_a_share():
    scores = np.repeat([0.0, 1.0], 50)
    found = performance_profile(scores, [0.5], confidence=0.9)
    half = (found["high"] - found["low"]).iloc[0] / 2
    expected = stats.t.ppf(0.95, 99) * np.sqrt(0.25 / 99)
    assert half == pytest.approx(expected, rel=0.07)


@settings(max_examples=40, deadline=None)
@given(SCORES, SCORES)
def test_one_task_is_mann_whitney(a, b):
    found = improvement_probability(a, b, resamples=10)
    u = stats.mannwhitneyu(a, b).statistic
    assert found.effect == pytest.approx(u / (len(a) * len(b)))


@settings(max_examples=40, deadline=None)
@given(SCORES, SCORES)
def test_either_arm_is_better_or_they_tie(a, b):
    one = improvement_probability(a, b, resamples=10).effect
    other = improvement_probability(b, a, resamples=10).effect
    assert one + other == pytest.approx(1)


def test_tasks_are_averaged_and_gaps_left_out():
    a = np.array([[2.0, 1], [NAN, 2], [4, 3]])
    b = np.array([[1.0, 2], [3, NAN]])
    # Task 1: 2, 4 against 1, 3 win three of four; task 2: one win, one tie of three.
    found = improvement_probability(a, b, resamples=10)
    assert found.effect == pytest.approx((3 / 4 + 1.5 / 3) / 2)


def test_draws_are_those_of_resampled_scores():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.5, 1, (8, 2)), rng.normal(0, 1, (8, 2))
    found = improvement_probability(a, b, resamples=4_000)
    naive = []
    for _ in range(1_000):
        wins = [
            (rng.choice(x, 8)[:, None] > rng.choice(y, 8)).mean()
            for x, y in zip(a.T, b.T, strict=True)
        ]
        naive.append(np.mean(wins))
    np.testing.assert_allclose(
        np.quantile(found.draws, [0.1, 0.5, 0.9]),
        np.quantile(naive, [0.1, 0.5, 0.9]),
        atol=0.02,
    )


def test_arms_on_different_tasks_are_refused():
    with pytest.raises(ValueError, match="2 tasks against 3"):
        improvement_probability(np.ones((3, 2)), np.ones((3, 3)))
