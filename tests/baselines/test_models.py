"""Every setting of a recipe arrives where it acts."""

import pytest
from torch import nn

from mpo_repro.baselines.environment import Normalised, SingleEnvironment
from mpo_repro.baselines.models import build
from mpo_repro.environments import make

OFF_POLICY = {
    "hidden": [7, 5],
    "activation": "elu",
    "learning_rate": 0.02,
    "buffer_size": 50,
    "initial_steps": 11,
    "batch_size": 13,
    "target_rate": 0.25,
    "discount": 0.5,
    "update_period": 3,
    "updates_per_period": 4,
}
WHERE = {
    "learning_rate": "learning_rate",
    "buffer_size": "buffer_size",
    "initial_steps": "learning_starts",
    "batch_size": "batch_size",
    "target_rate": "tau",
    "discount": "gamma",
    "updates_per_period": "gradient_steps",
    "rollout_steps": "n_steps",
    "epochs": "n_epochs",
    "gae_lambda": "gae_lambda",
    "entropy_coefficient": "ent_coef",
    "value_coefficient": "vf_coef",
    "gradient_norm": "max_grad_norm",
    "policy_period": "policy_delay",
    "target_noise": "target_policy_noise",
    "target_noise_clip": "target_noise_clip",
}
OWN = {
    "sac": {"entropy_coefficient": 0.7},
    "ddpg": {"exploration_noise": 0.4},
    "td3": {
        "exploration_noise": 0.4,
        "policy_period": 5,
        "target_noise": 0.6,
        "target_noise_clip": 0.9,
    },
}
ON_POLICY = {
    "hidden": [7, 5],
    "activation": "elu",
    "normalise": True,
    "learning_rate": 0.02,
    "rollout_steps": 24,
    "batch_size": 12,
    "epochs": 3,
    "discount": 0.5,
    "gae_lambda": 0.25,
    "clip_range": 0.125,
    "entropy_coefficient": 0.7,
    "value_coefficient": 0.9,
    "gradient_norm": 0.3,
}


def model(recipe):
    return build(recipe, SingleEnvironment(make("Reacher-v4", 1, 0, 0)), 0)


def widths(network):
    linear = [part for part in network.modules() if isinstance(part, nn.Linear)]
    return [part.out_features for part in linear]


@pytest.mark.parametrize("name", OWN)
def test_settings_of_replay_algorithms(small_recipe, name):
    settings = OFF_POLICY | OWN[name]
    recipe = small_recipe(name, **settings)
    assert recipe.model_dump(exclude={"hidden", "algorithm"}) == {
        key: value for key, value in settings.items() if key != "hidden"
    }
    made = model(recipe)
    for key, attribute in WHERE.items():
        if key in settings:
            assert getattr(made, attribute) == settings[key], key
    assert (made.train_freq.frequency, made.train_freq.unit.value) == (3, "step")
    assert made.replay_buffer.capacity == 50
    assert widths(made.critic.q_networks[0]) == [7, 5, 1]
    assert len(made.critic.q_networks) == (1 if name == "ddpg" else 2)
    assert any(isinstance(part, nn.ELU) for part in made.actor.modules())
    if "exploration_noise" in settings:
        assert made.action_noise._sigma.tolist() == [0.4, 0.4]


def test_settings_of_ppo(small_recipe):
    recipe = small_recipe("ppo", **ON_POLICY)
    assert set(recipe.model_dump()) == {*ON_POLICY, "algorithm"}
    made = model(recipe)
    for key, attribute in WHERE.items():
        if key in ON_POLICY:
            assert getattr(made, attribute) == ON_POLICY[key], key
    assert made.clip_range(1.0) == 0.125
    extractor = made.policy.mlp_extractor
    assert widths(extractor.policy_net) == widths(extractor.value_net) == [7, 5]
    assert isinstance(made.get_vec_normalize_env(), Normalised)
    assert made.get_vec_normalize_env().gamma == 0.5
    plain = model(small_recipe("ppo", normalise=False))
    assert plain.get_vec_normalize_env() is None


def test_the_entropy_coefficient_is_learnt_where_none_is_given(small_recipe):
    made = model(small_recipe("sac"))
    assert made.log_ent_coef.requires_grad
    assert made.target_entropy == -2.0
