"""Small recipes, runs of seconds, and one thread."""

import json
import os
import signal
from pathlib import Path

import pytest
import torch

from mpo_repro.config import load_recipe, override
from mpo_repro.training import process, run

torch.set_num_threads(1)
PAPER = Path(__file__).parents[2] / "paper_configs" / "recipes" / "paper.yaml"
SMALL = {
    "policy.hidden": [8],
    "critic.hidden": [8],
    "policy_evaluation.sequence_length": 3,
    "improvement.samples": 3,
    "data.environments": 2,
    "data.batch_states": 12,
    "data.initial_steps": 100,
    "data.steps_per_update": 8.0,
    "optimisation.target_period": 7,
}
TASK = "cartpole-swingup"


@pytest.fixture(scope="session")
def small_recipe():
    """The paper's recipe with small networks and batches; dots are double underscores.

    small_recipe(policy__covariance="diagonal")
    """

    def make(**changes):
        given = {name.replace("__", "."): value for name, value in changes.items()}
        return override(load_recipe(PAPER), SMALL | given)

    return make


@pytest.fixture
def plan(small_recipe):
    """Makes a plan of a small run; keywords replace its fields."""

    def make(**changes):
        known = {
            "recipe": small_recipe(),
            "task": TASK,
            "seed": 3,
            "steps": 2400,
            "interval": 1200,
            "episodes": 1,
            "backend": "envpool",
            "execution": "plain",
        }
        return run.Plan(**known | changes)

    return make


@pytest.fixture
def train_until():
    """Trains a plan and stops it, as a user does, at some environment step."""

    def train(plan, folder, stop_at, number=signal.SIGINT):
        def watch(progress):
            if progress.environment_steps >= stop_at:
                os.kill(os.getpid(), number)

        with pytest.raises(run.InterruptedRunError):
            process.train(plan, folder, watch)
        return json.loads((folder / "run.json").read_text())

    return train


@pytest.fixture(scope="session")
def tables():
    """Reads the bytes of the tables that no clock enters."""

    def read(folder):
        names = "curve.parquet", "diagnostics.parquet"
        return tuple((folder / name).read_bytes() for name in names)

    return read
