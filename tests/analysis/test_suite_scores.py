"""Arms on the suite as a whole, against answers by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis import suite_scores
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import DIVERGED, FINISHED, MISSING, UNFINISHED
from mpo_repro.analysis.suite_scores import Suite

STEPS = 20
NAN = np.nan


def made(returns, ended=None, tasks=("walker-walk", "cup-catch")) -> Results:
    """Results of runs that evaluate twice.

    Args:
      returns: (arm, task, seed) -> returns after 10 and 20 steps; None: not trained.
      ended: (arm, task, seed) -> how an unfinished run ended.
    """
    ended, rows, runs = ended or {}, [], []
    for (arm, task, seed), both in returns.items():
        key = {"task": task, "arm": arm, "seed": seed}
        state = MISSING if both is None else FINISHED
        state = UNFINISHED if (arm, task, seed) in ended else state
        why = ended.get((arm, task, seed), "")
        runs.append(key | {"state": state, "ended": why, "reason": "", "steps": STEPS})
        for place, value in enumerate(both or ()):
            at = {"environment_steps": 10 * (place + 1), "kind": "sampled"}
            rows.append(key | at | {"episode": 0, "episode_return": float(value)})
    arms = {arm: {"label": arm} for arm, _, _ in returns}
    study = {"tasks": list(tasks), "arms": arms, "steps": STEPS}
    study["evaluation"] = {"interval": 10}
    empty = pd.DataFrame()
    curves = pd.DataFrame(rows)
    return Results(Path(), study, curves, empty, empty, pd.DataFrame(runs))


def two_arms(**changes):
    """Arms a and b, each with seeds 0 and 1 on both tasks."""
    returns = {
        (arm, task, seed): (100, 400 + 100 * seed + (200 if arm == "b" else 0))
        for arm in "ab"
        for task in ("walker-walk", "cup-catch")
        for seed in (0, 1)
    }
    return returns | changes


def test_scores_are_laid_out_by_task_in_the_study_s_order():
    returns = two_arms() | {("a", "cup-catch", 1): (0, 900)}
    found = suite_scores.suite(made(returns))
    assert found.tasks == ("walker-walk", "cup-catch")
    np.testing.assert_array_equal(found.arms["a"], [[400, 400], [500, 900]])
    np.testing.assert_array_equal(found.arms["b"], [[600, 600], [700, 700]])
    assert found.partial == ()


def test_a_missing_run_is_a_gap_and_a_diverged_one_scores_nothing():
    key, other = ("a", "cup-catch", 1), ("a", "cup-catch", 0)
    returns = two_arms() | {key: None, other: (100,)}
    found = suite_scores.suite(made(returns, {other: DIVERGED}))
    np.testing.assert_array_equal(found.arms["a"], [[400, 0], [500, NAN]])


def test_an_arm_without_a_score_on_a_task_is_left_out_by_name():
    gone = {("b", "cup-catch", seed): None for seed in (0, 1)}
    found = suite_scores.suite(made(two_arms() | gone))
    assert list(found.arms) == ["a"]
    assert found.partial == ("b",)


def test_tasks_of_other_scales_do_not_enter():
    tasks = ("walker-walk", "Pendulum-v1")
    returns = {("a", task, seed): (0, 1) for task in tasks for seed in (0, 1)}
    assert suite_scores.suite(made(returns, tasks=tasks)) is None
    both = (*tasks, "cup-catch")
    returns |= {("a", "cup-catch", seed): (0, 1) for seed in (0, 1)}
    found = suite_scores.suite(made(returns, tasks=both))
    assert found.tasks == ("walker-walk", "cup-catch")


def test_a_study_without_runs_has_no_suite():
    runs = {("a", "walker-walk", 0): None, ("a", "cup-catch", 0): None}
    empty = made(runs)
    columns = ["task", "arm", "seed", "environment_steps", "kind", "episode_return"]
    curves = pd.DataFrame(columns=columns)
    bare = Results(Path(), empty.study, curves, empty.timing, empty.timing, empty.runs)
    assert suite_scores.suite(bare) is None


def suite(**arms) -> Suite:
    return Suite(("one", "two"), {k: np.array(v, float) for k, v in arms.items()}, ())


def test_aggregates_by_hand():
    found = suite(first=[[100, 200], [300, 400]], other=[[200, 100], [900, 300]])
    table = suite_scores.aggregates(found).set_index(["arm", "name"])["effect"]
    assert table["first"].to_dict() == {
        "mean": 250,
        "median": 250,
        "iqm": 250,
        "optimality_gap": 750,
    }
    # On task one 3 of 4 pairs are won, on task two 1 of 4.
    assert table["other", "improvement"] == pytest.approx(0.5)
    assert table["other", "mean"] == 375


def test_runs_that_agree_have_intervals_without_width():
    table = suite_scores.aggregates(suite(first=[[500, 700]] * 4))
    assert (table["low"] == table["effect"]).all()
    assert (table["high"] == table["effect"]).all()


@pytest.mark.parametrize("runs", [1, 2])
def test_one_or_two_runs_have_no_interval(runs):
    table = suite_scores.aggregates(suite(first=[[500, 700], [0, 90]][:runs]))
    assert np.isinf(table[["low", "high"]].to_numpy()).all()


def test_three_runs_have_an_interval_around_the_estimate():
    table = suite_scores.aggregates(suite(first=[[500, 700], [0, 90], [400, 50]]))
    assert (table["low"] < table["effect"]).all()
    assert (table["high"] > table["effect"]).all()
    assert np.isfinite(table[["low", "high"]].to_numpy()).all()


def test_profiles_are_shares_of_runs_above_returns():
    (curve,) = suite_scores.profiles(suite(first=[[100, 600], [300, 600]])).values()
    share = curve.set_index("threshold")["share"]
    assert share[[0, 100, 200, 300, 590, 600]].tolist() == [1, 0.75, 0.75, 0.5, 0.5, 0]


def test_spread_is_the_mean_over_tasks_of_the_standard_deviation():
    found = suite_scores.spreads(suite(first=[[0, 5], [2, 5]], lone=[[1, NAN], [3, 4]]))
    assert found["first"] == pytest.approx(np.sqrt(2) / 2)
    assert np.isnan(found["lone"])


def test_runs_wait_for_half_of_the_highest_return():
    returns = two_arms() | {
        ("a", "cup-catch", 0): (500, 900),
        ("a", "cup-catch", 1): (0, 501),
    }
    results = made(returns)
    found = suite_scores.waiting(results, suite_scores.suite(results))
    # Of a's four runs one is there after 10 steps, two after 20 (500 and 501).
    assert found["a"]["time"].tolist() == [10, 20]
    assert found["a"]["share"].tolist() == pytest.approx([0.75, 0.25])
    assert found["b"]["share"].tolist() == [0]
