"""Small recipes and batches, runs of seconds, and one thread."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest
import torch

from mpo_repro.config import load_recipe, override
from mpo_repro.training import cohort, process, run
from mpo_repro.training.replay import Sequences

torch.set_num_threads(1)
sys.path.insert(0, str(Path(__file__).parent))  # what tests start is beside them
PAPER = Path(__file__).parents[2] / "paper_configs" / "recipes" / "paper.yaml"
SMALL = {
    "policy.hidden": [8, 8],
    "critic.hidden": [8, 8],
    "policy_evaluation.sequence_length": 3,
    "improvement.samples": 3,
    "data.environments": 2,
    "data.batch_states": 12,
    "data.initial_steps": 100,
    "data.steps_per_update": 8.0,
    "optimisation.target_period": 7,
}
TASK = "cartpole-swingup"
# Between them, every branch of the losses.
VARIANTS = {
    "paper": {},
    "diagonal": {
        "policy__covariance": "diagonal",
        "policy_evaluation__method": "n_step",
        "improvement__m_step": "decoupled",
        "improvement__epsilon_penalty": 0.01,
        "optimisation__gradient_norm": None,
    },
    "exact": {
        "policy__mean": "tanh",
        "policy_evaluation__method": "td_0",
        "improvement__temperature": "exact",
        "improvement__fitted_actions": "executed",
        "improvement__penalty_temperature": 0.1,
        "multipliers__temperature": None,
        "optimisation__gradient_norm": 0.05,
    },
    # Clipped below what the multipliers' gradients have, which are not.
    "normalised": {
        "data__normalise_observations": True,
        "policy_evaluation__method": "n_step",
        "optimisation__gradient_norm": 1e-3,
    },
    "full": {
        "policy_evaluation__sequence_length": 2,
        "policy_evaluation__full_returns": True,
    },
    "non-terminal": {"improvement__states": "non_terminal"},
    # So fast that KLs are near their bounds.
    "far": {
        "optimisation__policy_learning_rate": 0.02,
        "optimisation__target_period": 4,
    },
}


@pytest.fixture(scope="session")
def small_recipe():
    """The paper's recipe with small networks and batches; dots are double underscores.

    small_recipe(policy__covariance="diagonal")
    """

    def make(**changes):
        given = {name.replace("__", "."): value for name, value in changes.items()}
        return override(load_recipe(PAPER), SMALL | given)

    return make


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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


@pytest.fixture(params=sorted(VARIANTS))
def variant(request, small_recipe):
    """A small recipe of each of VARIANTS."""
    settings = {
        "improvement__samples": 6,
        "improvement__epsilon_mean": 0.01,
        "optimisation__target_period": 2,
        "multipliers__temperature": 1.0,
    }
    return small_recipe(**settings | VARIANTS[request.param])


@pytest.fixture(scope="session")
def sequences():
    """Makes random batches, a row per seed; S = 5, T = 3, O = 4, A = 2."""
    O, A, S, T = 4, 2, 5, 3  # noqa: E741

    def make(seeds, number):
        rows = []
        for seed in seeds:
            generator = torch.Generator().manual_seed(1000 * seed + number)

            def draw(*shape, generator=generator):
                return torch.randn(*shape, generator=generator)

            actions = draw(S, T, A)
            continues, valid = torch.ones(S, T), torch.ones(S, T)
            continues[1, 1] = 0  # terminated after the second transition
            valid[1, 2] = valid[2, 1] = valid[3, 0] = 0
            parts = draw(S, T + 1, O), actions, actions.clamp(-1, 1), draw(S, T) - 2
            rows.append((*parts, draw(S, T), continues, valid))
        return Sequences(*(torch.stack(parts) for parts in zip(*rows, strict=True)))

    return make


@pytest.fixture
def simulate(monkeypatch):
    """Takes the toy for every task: with as many choices, or continuous actions."""
    import toy

    def take(choices):
        def make(task, count, seed, *_):
            return toy.Toy(count, seed, choices)

        spec = toy.Toy(1, 0, choices).spec
        monkeypatch.setattr(cohort, "make", make)
        for module in ("cohort", "member", "replay"):
            name = f"mpo_repro.training.{module}.spec"
            monkeypatch.setattr(name, lambda task: spec)

    return take
