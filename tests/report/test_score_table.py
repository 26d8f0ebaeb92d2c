"""The table of scores: texts, order, published rows."""

import json

import numpy as np
import pytest

from mpo_repro.analysis.collect import write_checksums
from mpo_repro.analysis.results import load
from mpo_repro.report.score_table import score_table, spread


@pytest.mark.parametrize(
    ("values", "text"),
    [([], "–"), ([3.14], "3.1 (1)"), ([100, 300], "200 ± 141 (2)"), ([0, 0], None)],
)
def test_spread(values, text):
    assert spread(np.array(values)) == (text or "0.0 ± 0.0 (2)")


def test_rows_are_in_the_study_s_order_with_published_ones_beneath(results):
    table = score_table(results)
    assert table.headings == (
        "100,000 steps, mean of the last 25,000",
        "100,000 steps, mean action, last evaluation",
    )
    assert [(row.task, row.label) for row in table.rows[:3]] == [
        ("cartpole-swingup", "MPO"),
        ("cartpole-swingup", "wider bound"),
        ("cartpole-swingup", "MPO, published"),
    ]
    assert table.rows[2].cells == ("782 ± 51 (10)", "–")
    # One run of this arm and task is missing.
    assert table.rows[0].cells[0].endswith("(2)")


def test_scores_are_the_means_of_the_last_evaluation(results):
    rows = results.curves.query(
        "task == 'walker-walk' and arm == 'wide' and kind == 'mean'"
        " and environment_steps == 100_000"
    )
    means = rows.groupby("seed")["episode_return"].mean().to_numpy()
    assert score_table(results).rows[4].cells[1] == spread(means)


def test_scores_end_at_each_task_s_budget_and_arms_have_rows_where_they_run(uneven):
    table = score_table(uneven)
    assert table.headings == (
        "100,000 steps, mean of the last 25,000",
        "250,000 steps, mean of the last 25,000",
        "end of the run, mean action, last evaluation",
    )
    rows = {(row.task, row.label): row.cells for row in table.rows}
    assert list(rows) == [
        ("cartpole-swingup", "MPO"),
        ("cartpole-swingup", "MPO, published"),
        ("walker-walk", "MPO"),
        ("walker-walk", "TD(0) targets"),
        ("walker-walk", "MPO, published"),
    ]
    assert rows["cartpole-swingup", "MPO"][1] == ""
    assert rows["cartpole-swingup", "MPO, published"] == ("782 ± 51 (10)", "", "–")
    assert [cell[-3:] for cell in rows["walker-walk", "TD(0) targets"]] == ["(2)"] * 3
    assert rows["walker-walk", "MPO, published"][1].endswith("(10)")


def test_the_mean_action_s_column_is_of_each_task_s_last_evaluation(uneven):
    rows = uneven.curves.query("kind == 'mean' and arm == 'reference'")
    table = score_table(uneven)
    for task, steps in (("cartpole-swingup", 100_000), ("walker-walk", 250_000)):
        last = rows[(rows["task"] == task) & (rows["environment_steps"] == steps)]
        means = last.groupby("seed")["episode_return"].mean().to_numpy()
        first = next(row for row in table.rows if row.task == task)
        assert first.cells[2] == spread(means)


def test_without_published_scores_there_is_no_row_of_them(folder):
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text())
    path.write_text(json.dumps(study | {"steps": 30_000}))
    write_checksums(folder / "data")
    rows = score_table(load(folder)).rows
    assert not [row for row in rows if row.published]
