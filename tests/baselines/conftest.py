"""Small recipes of every baseline, and runs of seconds."""

import pytest
import torch

from mpo_repro.config import load_recipe, override
from mpo_repro.config.files import CHECKOUT
from mpo_repro.training.plan import Plan

torch.set_num_threads(1)
RECIPES = CHECKOUT / "paper_configs" / "recipes"
ON_POLICY = {"hidden": [8], "rollout_steps": 128, "batch_size": 32, "epochs": 2}
OFF_POLICY = {"hidden": [8], "initial_steps": 100, "batch_size": 16}
SMALL = {
    "ppo": ON_POLICY,
    "sac": OFF_POLICY,
    "ddpg": OFF_POLICY,
    "td3": OFF_POLICY,
}


@pytest.fixture(scope="session")
def small_recipe():
    """Makes a baseline's recipe with small networks and batches."""

    def make(name, **changes):
        recipe = load_recipe(RECIPES / f"sb3-{name}.yaml")
        return override(recipe, SMALL[name] | changes)

    return make


@pytest.fixture(scope="session")
def plan(small_recipe):
    """Makes a plan of a small run of a baseline; keywords replace its fields."""

    def make(name, **changes):
        known = {
            "recipe": small_recipe(name),
            "task": "Pendulum-v1",
            "seed": 3,
            "steps": 600,
            "interval": 300,
            "episodes": 1,
            "backend": "gymnasium",
        }
        return Plan(**known | changes)

    return make
