"""Every published run is named by what it learnt with, and would be today."""

import json

import pandas as pd
import pytest

from mpo_repro.config.algorithms import select
from mpo_repro.config.files import CHECKOUT
from mpo_repro.config.former import without_former
from mpo_repro.config.recipes import recipe_hash

PUBLISHED = sorted((CHECKOUT / "reports").rglob("data/runs.parquet"))


def trained(path):
    """Reads the runs of a published study that are there."""
    runs = pd.read_parquet(path)
    return runs[runs["state"] != "missing"]


@pytest.mark.parametrize("path", PUBLISHED, ids=[p.parts[-3] for p in PUBLISHED])
def test_a_published_recipe_still_has_the_hash_of_its_runs(path):
    arms = json.loads((path.parent / "study.json").read_text("utf-8"))["arms"]
    recipes = {}
    for name, arm in arms.items():
        model, settings = select(without_former(arm["resolved"]), path)
        recipes[name] = model.model_validate(settings, strict=False)
    for run in trained(path).itertuples():
        found = recipe_hash(recipes[run.arm], run.task, run.backend)
        assert found == run.hash, (run.arm, run.task)


def test_the_published_runs_are_all_looked_at():
    assert sum(len(trained(path)) for path in PUBLISHED) > 1000
