"""One small run of real training, for all that is made of runs."""

from pathlib import Path

import pytest

import mpo_repro

RECIPES = Path(__file__).parents[2] / "paper_configs" / "recipes"
SMALL = {
    "policy.hidden": [8],
    "critic.hidden": [8],
    "data.batch_states": 12,
    "data.initial_steps": 100,
    "data__normalise_observations": True,
    "samples": 3,
}


def small_run(out, steps=600, **more):
    """Trains for a moment, with normalised observations."""
    return mpo_repro.train(
        "reacher-easy",
        RECIPES / "paper.yaml",
        seed=3,
        steps=steps,
        out=out,
        evaluation_episodes=1,
        evaluation_interval=300,
        execution="plain",
        **SMALL,
        **more,
    )


@pytest.fixture(scope="session")
def train_small():
    """The function that trains such a run."""
    return small_run


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A run of 600 steps."""
    return small_run(tmp_path_factory.mktemp("trained") / "run")
