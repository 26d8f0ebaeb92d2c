"""Policies act in gymnasium's environments as they did in training."""

from pathlib import Path

import gymnasium
import numpy as np
import pytest
import torch

import mpo_repro
from mpo_repro.artifacts import worlds
from mpo_repro.artifacts.policy import Policy
from mpo_repro.config import ConfigError, Recipe, load_recipe, override
from mpo_repro.mpo import networks
from mpo_repro.training import normaliser

RECIPES = Path(__file__).parents[2] / "paper_configs" / "recipes"


def random_policy(recipe: Recipe, task: str) -> Policy:
    """A policy of random parameters."""
    network = Policy(recipe, task, {}).problem.policy
    count = networks.size(networks.policy_layout(network))
    vector = torch.randn(count, generator=torch.Generator().manual_seed(0))
    return Policy(recipe, task, {"policy": vector})


def test_the_mean_action_is_that_of_the_network(trained):
    policy = trained.policy
    observation = np.linspace(-1, 1, 6).astype(np.float32)
    seen = normaliser.normalise(policy.state, torch.from_numpy(observation))
    found = networks.policy(policy.problem.policy, policy.state["policy"], seen)
    expected = found.mean.clamp(-1, 1).numpy()
    np.testing.assert_allclose(policy(observation), expected, rtol=1e-6)
    assert normaliser.COUNT in policy.state


def test_one_observation_or_many(trained):
    batch = np.random.default_rng(0).normal(size=(3, 6))
    actions = trained.policy(batch)
    assert (actions.shape, actions.dtype) == ((3, 2), np.float32)
    for observation, action in zip(batch, actions, strict=True):
        single = trained.policy(observation)
        assert single.shape == (2,)
        np.testing.assert_allclose(single, action, rtol=1e-5)


def test_drawn_actions_repeat_with_the_seed(trained):
    policy, observation = trained.policy, np.zeros(6)
    policy.seed(1)
    first = [policy(observation, deterministic=False) for _ in range(2)]
    policy.seed(1)
    again = [policy(observation, deterministic=False) for _ in range(2)]
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])


def test_a_policy_acts_in_its_environment(trained):
    environment = worlds.make_world("reacher-easy")
    observation, _ = environment.reset(seed=0)
    for _ in range(5):
        action = trained.policy(observation)
        assert environment.action_space.contains(action)
        observation, *_ = environment.step(action)


@pytest.mark.parametrize("shape", [(5,), (1, 7), (1, 1, 6), ()])
def test_a_wrong_observation_is_refused(trained, shape):
    with pytest.raises(ValueError, match=r"reacher-easy has shape \[6\] or \[E, 6\]"):
        trained.policy(np.zeros(shape))


def test_actions_are_scaled_to_the_bounds_of_gymnasiums_own(project):
    recipe = override(load_recipe("paper"), {"policy.hidden": [8]})
    policy = random_policy(recipe, "Pendulum-v1")
    observations = np.random.default_rng(0).normal(size=(64, 3)) * 50
    actions = policy(observations)
    assert np.abs(actions).max() == 2.0
    environment = gymnasium.make("Pendulum-v1")
    assert all(environment.action_space.contains(action) for action in actions)


def test_discrete_actions_are_integers():
    policy = random_policy(load_recipe(RECIPES / "categorical.yaml"), "CartPole-v1")
    action = policy(np.ones(4))
    assert isinstance(action, int)
    assert gymnasium.make("CartPole-v1").action_space.contains(action)
    many = policy(np.random.default_rng(0).normal(size=(50, 4)), deterministic=False)
    assert set(many.tolist()) == {0, 1}


def test_a_run_folder_loads_like_the_run(trained):
    loaded = mpo_repro.load_policy(trained.folder)
    observation = np.ones(6)
    np.testing.assert_array_equal(loaded(observation), trained.policy(observation))


def test_what_is_no_policy_is_refused_in_a_line(tmp_path):
    with pytest.raises(ConfigError, match="no such file") as refused:
        mpo_repro.load_policy(tmp_path)
    assert "\n" not in str(refused.value)


def test_a_policy_of_a_game_acts_on_its_images():
    policy = random_policy(load_recipe(RECIPES / "atari.yaml"), "atari-pong")
    images = np.random.default_rng(0).integers(256, size=(3, 4, 84, 84), dtype=np.uint8)
    actions = policy(images)
    seen = networks.policy(
        policy.problem.policy, policy.state["policy"], torch.from_numpy(images)
    )
    assert actions.tolist() == seen.log_probs.argmax(-1).tolist()
    assert [policy(image) for image in images] == actions.tolist()
    with pytest.raises(ValueError, match=r"\[4, 84, 84\] or \[E, 4, 84, 84\], not"):
        policy(images[0, 0])


def test_gymnasium_has_no_world_of_a_game():
    with pytest.raises(ConfigError, match="task: given atari-pong; allowed: one that"):
        worlds.make_world("atari-pong")
