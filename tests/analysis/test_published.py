"""Published curves: numbers that the source's own file gives, and their making."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis import published
from mpo_repro.analysis.published import build


def test_all_tasks_and_seeds_are_there():
    counts = published.curves().groupby("task")["seed"].nunique()
    assert len(counts) == 28
    assert (counts == 10).all()
    assert "ball_in_cup-catch" in published.tasks()
    assert published.FILE.stat().st_size < 500_000


@pytest.mark.parametrize(
    ("task", "steps", "mean", "sd"),
    [
        # Mean and sample SD over seeds of each seed's mean over the episodes of the
        # window, computed from the source's file without bins.
        ("acrobot-swingup", 100_000, 44.1, 12.5),
        ("acrobot-swingup", 250_000, 66.7, 36.6),
        ("cartpole-swingup", 500_000, 858, 9),
        ("hopper-stand", 1_000_000, 675, 305),
        ("humanoid-walk", 10_000_000, 858, 21),
    ],
)
def test_scores_are_those_of_the_source(task, steps, mean, sd):
    scores = published.scores(task, steps)
    tolerance = 0.06 if mean < 100 else 0.51
    assert scores.mean() == pytest.approx(mean, abs=tolerance)
    assert scores.std(ddof=1) == pytest.approx(sd, abs=tolerance)


@pytest.mark.parametrize(
    ("task", "steps"),
    [("cartpole-swingup", 30_000), ("cartpole-swingup", 1_000_000), ("no-task", 10**5)],
)
def test_there_is_no_score_where_nothing_was_published(task, steps):
    assert published.scores(task, steps).shape == (0,)


def test_drawn_curves_stay_within_the_steps_and_hold_all_seeds():
    curve = published.quantile_curve("walker-walk", 100_000)
    assert curve["environment_steps"].tolist() == list(range(35_000, 100_000, 10_000))
    assert (curve["seeds"] == 10).all()
    assert (curve["low"] <= curve["median"]).all()
    assert (curve["median"] <= curve["high"]).all()
    assert published.quantile_curve("walker-walk", 20_000).empty
    assert published.quantile_curve("no-task", 100_000).empty


def test_merging_bins_weighs_them_by_their_episodes():
    curve = published.quantile_curve("fish-swim", 250_000, width=25_000)
    rows = published.curves().query(
        "task == 'fish-swim' and 225_000 < environment_steps <= 250_000"
    )
    total = (rows["episode_return"] * rows["episodes"]).groupby(rows["seed"]).sum()
    means = total / rows.groupby("seed")["episodes"].sum()
    last = curve.iloc[-1]
    assert last["environment_steps"] == 237_500
    assert last["median"] == pytest.approx(np.median(means))


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("dmc_cup_catch", "ball_in_cup-catch"),
        ("dmc_point_mass_easy", "point_mass-easy"),
        ("dmc_finger_turn_easy", "finger-turn_easy"),
        ("dmc_swimmer_swimmer6", "swimmer-swimmer6"),
    ],
)
def test_names_of_tasks(name, task):
    assert build.task_name(name) == task


def test_upper_edges_belong_to_their_bin():
    table = build.bin_run(np.array([1, 5_000, 5_001]), np.array([1.0, 3.0, 8.0]))
    assert table["environment_steps"].tolist() == [5_000, 10_000]
    assert table["episode_return"].tolist() == [2, 8]
    assert table["episodes"].tolist() == [2, 1]


def test_steps_beyond_the_bins_and_broken_returns_are_refused():
    with pytest.raises(ValueError, match="outside"):
        build.bin_run(np.array([10_000_001]), np.array([1.0]))
    with pytest.raises(ValueError, match="not finite"):
        build.bin_run(np.array([1_000]), np.array([np.nan]))


def test_building_twice_gives_the_same_bytes(tmp_path):
    run = {"task": "dmc_cup_catch", "method": "mpo", "seed": 1}
    run |= {"xs": [36_000.0, 37_000.0], "ys": [1.0, 2.0]}
    source = tmp_path / "source.json.gz"
    source.write_bytes(gzip.compress(json.dumps([run]).encode()))
    for name in ("one", "two"):
        build.build(source, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    table = pd.read_parquet(tmp_path / "one")
    assert table[["seed", "environment_steps"]].to_numpy().tolist() == [[1, 40_000]]
    assert table["episode_return"].tolist() == [1.5]
