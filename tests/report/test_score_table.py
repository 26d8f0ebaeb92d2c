"""The table of scores: texts, order, published rows."""

import json

import numpy as np
import pytest

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
    assert table.headings == ("100,000 steps", "100,000 steps, mean action")
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


def test_without_published_scores_there_is_no_row_of_them(folder):
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text())
    path.write_text(json.dumps(study | {"steps": 30_000}))
    rows = score_table(load(folder)).rows
    assert not [row for row in rows if row.published]
