"""Statistics over seeds against answers by hand."""

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis.quantiles import bounds_of, mean_interval, seed_quantiles


def test_quantiles_of_five_seeds_interpolate_linearly():
    scores = pd.DataFrame({"at": 1, "seed": range(5), "score": [0, 10, 20, 30, 40]})
    row = seed_quantiles(scores, ["at"]).iloc[0]
    # The 5 % quantile stands 0.05 * 4 = 0.2 of the way from 0 to 10.
    assert row[["seeds", "median", "low", "high"]].tolist() == [5, 20, 2, 38]


def test_groups_are_kept_apart_and_sorted():
    scores = pd.DataFrame({"at": [2, 1, 2], "seed": [0, 0, 1], "score": [4, 7, 8]})
    table = seed_quantiles(scores, ["at"])
    assert table["at"].tolist() == [1, 2]
    assert table["median"].tolist() == [7, 6]
    assert table["seeds"].tolist() == [1, 2]


def test_a_seed_counted_twice_is_refused():
    scores = pd.DataFrame({"at": 1, "seed": [3, 3], "score": [1, 2]})
    with pytest.raises(ValueError, match="more than one row"):
        seed_quantiles(scores, ["at"])


def test_interval_of_two_seeds():
    # SD is sqrt(2), so half the interval is t(0.975, 1) * 1 = 12.7062.
    summary = mean_interval(np.array([1.0, 3.0]))
    assert summary["mean"] == 2
    assert summary["sd"] == pytest.approx(2**0.5)
    assert summary["low"] == pytest.approx(2 - 12.7062, abs=1e-4)
    assert summary["high"] == pytest.approx(2 + 12.7062, abs=1e-4)


@pytest.mark.parametrize("values", [[], [5.0]])
def test_too_few_seeds_have_no_spread(values):
    summary = mean_interval(np.array(values))
    assert summary["n"] == len(values)
    assert np.isnan([summary["sd"], summary["low"], summary["high"]]).all()


@pytest.mark.parametrize(
    ("values", "ends"),
    [([0.0, 0, 0, 0, 500], (0.0, None)), ([1000.0] * 4 + [600], (None, 1000.0))],
)
def test_an_interval_stays_in_the_range_of_scores(values, ends):
    free = mean_interval(np.array(values))
    bound = mean_interval(np.array(values), bounds=(0.0, 1000.0))
    assert free["low"] < 0 or free["high"] > 1000
    low, high = ends
    assert bound["low"] == (free["low"] if low is None else low)
    assert bound["high"] == (free["high"] if high is None else high)
    assert bound["mean"] == free["mean"]


def test_one_seed_has_no_interval_within_a_range_either():
    assert np.isnan(mean_interval(np.array([3.0]), bounds=(0, 10))["low"])


@pytest.mark.parametrize(
    ("task", "bounds"),
    [
        ("walker-walk", (0, 1000)),
        ("Reacher-v4", None),
        ("CartPole-v1", None),
        ("ALE/Pong-v5", None),
    ],
)
def test_returns_of_the_control_suite_have_a_range(task, bounds):
    assert bounds_of(task) == bounds
