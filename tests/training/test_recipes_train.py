"""Every shipped recipe of MPO trains, stops and goes on; whatever it switches on."""

import json
from pathlib import Path

import pandas as pd
import pytest

from mpo_repro.config import load_recipe, override
from mpo_repro.training import process

RECIPES = sorted(
    path.stem
    for path in (Path(__file__).parents[2] / "paper_configs/recipes").glob("*.yaml")
    if not path.stem.startswith("sb3-")
)
TASKS = {
    ("gaussian", "mlp"): ("cartpole-swingup", "envpool"),
    ("categorical", "mlp"): ("CartPole-v1", "gymnasium"),
    ("categorical", "dqn"): ("atari-pong", "envpool"),
}
SMALL = {"policy.hidden": [8], "critic.hidden": [8]}


def shrunk(name):
    recipe = override(load_recipe(name), SMALL)
    if recipe.data.steps_per_iteration is not None:
        small = {"data.steps_per_iteration": 400, "data.updates_per_iteration": 5}
        return override(recipe, small)
    return override(recipe, {"data.steps_per_update": 40.0, "data.initial_steps": 100})


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_trains_and_is_resumed_exactly(
    plan, train_until, tables, tmp_path, name
):
    recipe = shrunk(name)
    task, backend = TASKS[recipe.policy.distribution, recipe.critic.torso]
    chosen = plan(recipe=recipe, task=task, backend=backend, steps=1600, interval=800)
    process.train(chosen, tmp_path / "whole")
    train_until(chosen, tmp_path / "parts", 900)
    process.train(chosen, tmp_path / "parts")
    assert tables(tmp_path / "parts") == tables(tmp_path / "whole")
    about = json.loads((tmp_path / "whole" / "run.json").read_text())
    assert about["ended"] == "completed"
    diagnostics = pd.read_parquet(tmp_path / "whole" / "diagnostics.parquet")
    assert diagnostics["value"].notna().all()
    assert (diagnostics["learner_updates"] > 0).any()
