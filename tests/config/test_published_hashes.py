"""Published runs stay the runs of their arms: every hash, computed again."""

import json

import pandas as pd
import pytest

from mpo_repro.config import load_recipe, load_study
from mpo_repro.config.algorithms import select
from mpo_repro.config.files import CHECKOUT
from mpo_repro.config.former import without_former
from mpo_repro.config.recipes import recipe_hash
from mpo_repro.config.validation import validate

REPORTS = CHECKOUT / "reports"
TABLES = sorted(REPORTS.rglob("data/runs.parquet"))
# Its arms were changed after its runs; see its description.
STALE = {"bisection"}


@pytest.fixture(autouse=True)
def checkout(monkeypatch):
    """Reads the configuration of the project, wherever pytest was started."""
    monkeypatch.chdir(CHECKOUT)


def place(table):
    """Names a report, or a part of one: `laptop`, `laptop/reference`."""
    return "/".join(table.parts[len(REPORTS.parts) : -2]).replace("/parts/", "/")


def runs():
    """Reads every published run once per arm, task, hash and recorded recipe."""
    columns = ["arm", "task", "hash", "backend", "recipe", "state"]
    read = [
        pd.read_parquet(path, columns=columns).assign(place=place(path))
        for path in TABLES
    ]
    kept = pd.concat(read).drop_duplicates(["place", "arm", "task", "hash"])
    return kept[kept["state"] == "finished"]


RUNS = runs()


def study_at(name):
    """Reads the study of a report, or of a part of one, in its size there."""
    whole, _, part = name.partition("/")
    study = load_study(whole)
    return study.members[part] if part else study


def planned(name):
    """Maps (arm, task) to the hash that a study's runs would have today."""
    return {(run.arm, run.task): run.hash for run in study_at(name).own_runs()}


def test_there_are_reports_with_runs_to_hold():
    assert len(TABLES) > 10
    assert set(RUNS["place"]) > STALE


@pytest.mark.parametrize("name", sorted(set(RUNS["place"]) - STALE))
def test_the_arms_of_a_study_have_their_published_runs(name):
    here = RUNS[RUNS["place"] == name]
    now = planned(name)
    for run in here.itertuples():
        assert now[run.arm, run.task] == run.hash, f"{run.arm} on {run.task}"


def test_a_recipe_without_changes_keeps_the_hash_of_its_published_runs():
    held = set()
    for name in sorted(set(RUNS["place"]) - STALE):
        arms = study_at(name).arms
        for run in RUNS[RUNS["place"] == name].itertuples():
            arm = arms[run.arm]
            if not arm.set:
                digest = recipe_hash(load_recipe(arm.recipe), run.task, run.backend)
                assert digest == run.hash, f"{arm.recipe} on {run.task}"
                held.add(arm.recipe)
    assert {"paper-eight-steps", "default", "acme", "dahiya", "sb3-ppo"} <= held


def recorded(run):
    """Reads the recipe that a run recorded; the oldest have kinds by default."""
    settings = without_former(json.loads(run.recipe))
    if "improvement" in settings:
        settings["improvement"].setdefault("method", "nonparametric")
        settings["policy"].setdefault("distribution", "gaussian")
    model, known = select(settings, run.place)
    return validate(model, known, run.place)


def test_what_a_run_recorded_as_its_recipe_gives_its_hash():
    """Also of stale reports: a hash is of settings, whoever names them."""
    for run in RUNS.itertuples():
        recipe = recorded(run)
        assert recipe_hash(recipe, run.task, run.backend) == run.hash, run.arm
