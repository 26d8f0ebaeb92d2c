"""Runs that train together: what they learn, where they stand, what stops them."""

import json
import time

import pandas as pd
import pytest
import torch

from mpo_repro.training import cohort, process, run, together
from mpo_repro.training.guard import UnsoundRunError

SEEDS = (3, 4, 5)


@pytest.fixture
def plans(plan, small_recipe):
    """Three runs that differ in seed, bound and buffer."""

    def make(steps=1200):
        numbers = ((0.1, 100_000), (0.02, 600), (0.1, 100_000))
        return [
            plan(
                seed=seed,
                steps=steps,
                interval=600,
                recipe=small_recipe(
                    improvement__epsilon_mean=epsilon, data__buffer_size=size
                ),
            )
            for seed, (epsilon, size) in zip(SEEDS, numbers, strict=True)
        ]

    return make


def folders(root):
    return [root / f"seed-{seed}" for seed in SEEDS]


def curves(root):
    return [pd.read_parquet(folder / "curve.parquet") for folder in folders(root)]


def test_runs_learn_together_what_they_learn_alone(plans, tables, tmp_path):
    markers = together.train_together(plans(), folders(tmp_path / "together"))
    assert all(marker.exists() for marker in markers)
    for plan_, folder in zip(plans(), folders(tmp_path / "alone"), strict=True):
        process.train(plan_, folder)
    for number, place in enumerate(folders(tmp_path / "together")):
        assert tables(place) == tables(folders(tmp_path / "alone")[number])
    about = json.loads((folders(tmp_path / "together")[1] / "run.json").read_text())
    assert about["seed"] == 4
    assert about["recipe"]["improvement"]["epsilon_mean"] == 0.02


def test_runs_that_train_together_share_the_wall_time(plans, tmp_path):
    start = time.monotonic()
    together.train_together(plans(), folders(tmp_path))
    passed = time.monotonic() - start
    together.train_together(plans(1800), folders(tmp_path))
    every = time.monotonic() - start
    clocks = [pd.read_parquet(one / "timing.parquet") for one in folders(tmp_path)]
    for steps, limit in ((1200, passed), (1800, every)):
        spent = [clock.set_index("environment_steps").wall_seconds for clock in clocks]
        assert 0 < sum(one.loc[steps] for one in spent) < limit
        assert max(one.loc[steps] for one in spent) < limit / 2
    assert all(clock.wall_seconds.is_monotonic_increasing for clock in clocks)


def test_a_run_begun_together_goes_on_alone_and_the_other_way(plans, tmp_path):
    places = folders(tmp_path)
    together.train_together(plans(600), places)
    process.train(plans()[1], places[1])  # ahead of the others now
    process.train(plans(1800)[1], places[1])
    together.train_together(plans(), places)  # it has this budget behind it
    together.train_together(plans(1800), places)
    for curve in curves(tmp_path):
        assert curve["environment_steps"].max() == 1800


def test_a_run_whose_numbers_go_wrong_is_left_behind(plans, tmp_path, monkeypatch):
    real = cohort.Learner.update

    def spoil(self, batch):
        metrics = real(self, batch)
        if self.updates == 70 and 4 in self.seeds:
            self.state["critic"][self.seeds.index(4)] = torch.nan
        return metrics

    monkeypatch.setattr(cohort.Learner, "update", spoil)
    with pytest.raises(UnsoundRunError, match="not finite|nan"):
        together.train_together(plans(), folders(tmp_path))
    ended = [
        json.loads((folder / "run.json").read_text())["ended"]
        for folder in folders(tmp_path)
    ]
    assert ended == ["completed", "diverged", "completed"]
    assert (folders(tmp_path)[1] / "stopped").is_dir()


def test_only_runs_of_one_shape_go_together(plans, small_recipe, tmp_path):
    for change in (
        {"steps": 2400},
        {"task": "reacher-easy"},
        {"recipe": small_recipe(policy__hidden=[9])},
        {"recipe": small_recipe(optimisation__target_period=8)},
    ):
        mixed = plans()
        mixed[1] = mixed[1]._replace(**change)
        with pytest.raises(ValueError, match="together"):
            together.train_together(mixed, folders(tmp_path))


def test_runs_of_different_steps_are_no_cohort(plans, tmp_path):
    places = folders(tmp_path)
    process.train(plans(600)[0], places[0])
    with pytest.raises(RuntimeError, match="different steps"):
        cohort.Cohort(plans(), places)
    assert isinstance(run.Run(plans()[0], places[0]), cohort.Cohort)
