"""Evaluation of baselines: which actions are played, and that nothing else moves."""

import numpy as np
import pytest
import torch

from mpo_repro.baselines import acting
from mpo_repro.baselines.environment import SingleEnvironment
from mpo_repro.baselines.models import build
from mpo_repro.environments import make
from mpo_repro.training import evaluation


def model(recipe, task="Reacher-v4"):
    return build(recipe, SingleEnvironment(make(task, 1, 0, 0)), 0)


def actions(made, stddev, still, count=2000, size=11):
    act = acting.acting(made, stddev)
    draws = np.random.default_rng(0)
    return act(np.ones((count, size), np.float32), draws, still)


@pytest.mark.parametrize("name", ["ppo", "sac", "ddpg", "td3"])
def test_the_first_act_with_the_mean_and_the_others_explore(small_recipe, name):
    recipe = small_recipe(name)
    stddev = getattr(recipe, "exploration_noise", None)
    drawn = actions(model(recipe), stddev, 3)
    assert drawn.shape == (2000, 2)
    assert drawn.dtype == np.float32
    assert np.abs(drawn).max() <= 1
    np.testing.assert_allclose(drawn[:3], drawn[[0, 0, 0]], atol=1e-6)
    assert (np.abs(drawn[3:] - drawn[0]) > 1e-5).any(axis=1).all()
    if stddev is not None:
        assert drawn[3:].std(axis=0) == pytest.approx(stddev, rel=0.1)


def test_choices_are_numbers_of_actions(small_recipe):
    drawn = actions(model(small_recipe("ppo"), "Acrobot-v1"), None, 3, size=6)
    assert drawn.shape == (2000, 1)
    assert len(np.unique(drawn[:3])) == 1
    assert np.unique(drawn).tolist() == [0, 1, 2]


def test_observations_are_scaled_as_in_training(small_recipe):
    made = model(small_recipe("ppo"))
    made.get_vec_normalize_env().obs_rms.mean[:] = 1.0
    centred = actions(made, None, 2, count=2)
    made.get_vec_normalize_env().obs_rms.mean[:] = 3.0
    assert (actions(made, None, 2, count=2) != centred).any()
    bare = model(small_recipe("ppo", normalise=False))
    bare.policy.load_state_dict(made.policy.state_dict())
    act = acting.acting(bare, None)
    zeros = act(np.zeros((2, 11), np.float32), np.random.default_rng(0), 2)
    np.testing.assert_array_equal(zeros, centred)


def test_returns_depend_on_seed_and_number_and_move_no_generator(small_recipe):
    made = model(small_recipe("sac"))
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002

    def returns(seed, number):
        stage = evaluation.Stage("Reacher-v4", "gymnasium", seed, 2)
        found = acting.episode_returns(made, stage, number, None)
        return {kind: values.tolist() for kind, values in found.items()}

    first = returns(0, 5)
    assert {kind: len(values) for kind, values in first.items()} == {
        "mean": 2,
        "sampled": 2,
    }
    assert returns(0, 5) == first
    assert returns(1, 5)["mean"] != first["mean"] != returns(0, 6)["mean"]
    assert (torch.get_rng_state() == before[0]).all()
    assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002
