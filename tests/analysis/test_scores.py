"""Scores of runs against answers by hand."""

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis import scores


def curves(*rows):
    """Makes episodes: (arm, seed, steps, return); all of one task and kind."""
    table = pd.DataFrame(rows, columns=["arm", "seed", "environment_steps", "return"])
    table["episode"] = table.groupby(["arm", "seed", "environment_steps"]).cumcount()
    table = table.rename(columns={"return": "episode_return"})
    return table.assign(task="a-b", kind="sampled")


def test_score_is_the_mean_of_the_last_evaluation():
    table = curves(("x", 0, 90_000, 1), ("x", 0, 100_000, 10), ("x", 0, 100_000, 20))
    found = scores.scores_at(table, "sampled", 100_000)
    assert found[["environment_steps", "score", "episodes"]].to_numpy().tolist() == [
        [100_000, 15, 2]
    ]


def test_other_kinds_do_not_enter():
    table = curves(("x", 0, 100_000, 10), ("x", 0, 100_000, 20))
    table["kind"] = ["sampled", "mean"]
    assert scores.scores_at(table, "mean", 100_000)["score"].tolist() == [20]


def test_evaluations_after_a_checkpoint_do_not_enter():
    table = curves(("x", 0, 90_000, 1), ("x", 0, 110_000, 9))
    assert scores.scores_at(table, "sampled", 100_000)["score"].tolist() == [1]


def test_the_step_with_which_environments_pass_a_checkpoint_counts():
    table = curves(("x", 0, 90_000, 1), ("x", 0, 100_003, 5))
    assert scores.scores_at(table, "sampled", 100_000)["score"].tolist() == [5]


def test_an_old_evaluation_is_no_score():
    table = curves(("x", 0, 74_999, 1), ("x", 1, 75_000, 2))
    assert scores.scores_at(table, "sampled", 100_000)["seed"].tolist() == [1]


def test_checkpoints_end_with_the_budget():
    assert scores.checkpoints(30_000) == (30_000,)
    assert scores.checkpoints(100_000) == (100_000,)
    assert scores.checkpoints(300_000) == (100_000, 250_000, 300_000)


def test_score_matrix_has_seeds_as_rows_and_gaps_for_missing_runs():
    table = pd.DataFrame(
        {
            "task": ["t2", "t1", "t1", "t1"],
            "arm": ["x", "x", "x", "other"],
            "seed": [0, 1, 0, 0],
            "score": [3.0, 2.0, 1.0, 9.0],
        }
    )
    matrix = scores.score_matrix(table, "x")
    assert list(matrix.columns) == ["t1", "t2"]
    assert list(matrix.index) == [0, 1]
    np.testing.assert_equal(matrix.to_numpy(), [[1, 3], [2, np.nan]])
    with pytest.raises(ValueError, match="no scores of arm 'y'"):
        scores.score_matrix(table, "y")


def test_a_run_with_two_scores_is_refused():
    table = pd.DataFrame({"task": "t", "arm": "x", "seed": [0, 0], "score": [1, 2]})
    with pytest.raises(ValueError, match="more than one score"):
        scores.score_matrix(table, "x")


def test_curve_keeps_only_steps_at_which_every_run_was_evaluated():
    table = curves(
        ("x", 0, 5_000, 0),
        ("x", 0, 10_000, 10),
        ("x", 1, 10_000, 30),
        ("y", 0, 5_000, 4),
    )
    found = scores.curve_quantiles(table, "sampled", 5_000)
    assert found[["arm", "environment_steps", "seeds", "median"]].values.tolist() == [
        ["x", 10_000, 2, 20.0],
        ["y", 5_000, 1, 4.0],
    ]


def test_a_curve_has_the_steps_that_runs_pass_by_a_few_each():
    table = curves(
        ("x", 0, 10_003, 10),
        ("x", 0, 13_000, 99),  # of another study that shares the run
        ("x", 1, 10_001, 30),
        ("x", 2, 10_000, 50),
    )
    found = scores.curve_quantiles(table, "sampled", 10_000)
    assert found[["environment_steps", "seeds", "median"]].values.tolist() == [
        [10_000, 3, 30.0]
    ]


@pytest.mark.parametrize(
    ("wall", "seconds"),
    [([], 0), ([5, 9], 9), ([5, 9, 2, 4], 13), ([5, 2, 1], 8)],
)
def test_elapsed_seconds_add_up_over_restarts_of_the_clock(wall, seconds):
    assert scores.elapsed_seconds(np.array(wall)) == seconds
