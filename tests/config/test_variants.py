"""Settings of the M-step's prior, of multipliers and of workers that exclude others."""

import pytest

from mpo_repro.config import ConfigError, load_recipe, override
from mpo_repro.config.numbers import rates
from mpo_repro.config.recipes import recipe_hash

FREE = {
    "improvement.epsilon_mean": None,
    "improvement.epsilon_covariance": None,
    "multipliers.alpha_mean": None,
    "multipliers.alpha_covariance": None,
}
COUPLED = FREE | {"improvement.m_step": "coupled"}
PRIOR = COUPLED | {"improvement.prior_precision": 10.0}
SQUASHED = {"policy.bounds": "tanh", "improvement.epsilon_penalty": None}
WORKERS = {"data.workers": 2, "data.normalise_observations": False}
NONE = {"multipliers.learning_rate": None}
ONLY_MEAN = {
    "improvement.epsilon_covariance": None,
    "multipliers.alpha_covariance": None,
    "improvement.epsilon_penalty": None,
    "improvement.temperature": "exact",
    "multipliers.temperature": None,
}
JOINT = {"improvement.epsilon_joint": 0.1, "multipliers.alpha_joint": 10.0}
EXACT = {
    "improvement.temperature": "exact",
    "improvement.epsilon_penalty": None,  # its temperature is learnt
    "multipliers.temperature": None,
}
# Of one process, 10 steps in each of 4 environments; of two, 5.
ITERATIONS = {
    "data.steps_per_update": None,
    "data.initial_steps": None,
    "data.steps_per_iteration": 40,
    "data.updates_per_iteration": 1,
}
WRONG = [
    ({"improvement.prior_precision": 10.0}, "one of: .*prior_precision"),
    (PRIOR | {"improvement.kl_penalty": 1.0}, "one of: .*prior_precision"),
    (PRIOR | {"improvement.kl": "reversed"}, "kl: exact"),
    (PRIOR | {"improvement.per_dimension": True}, "per_dimension only"),
    ({"multipliers.cap": 5.0}, "start between"),
    ({"multipliers.floor": 50.0}, "start between"),
    (FREE | EXACT | NONE | {"multipliers.scale": 2.0}, "no multiplier"),
    (FREE | EXACT | NONE | {"multipliers.transform": "exp"}, "no multiplier"),
    ({"multipliers.cap_mean": 5.0}, "start between"),
    ({"multipliers.cap_mean": 20.0, "multipliers.floor": 50.0}, "start between"),
    (FREE | {"multipliers.cap_mean": 5.0}, "no alpha_mean"),
    (ONLY_MEAN | {"multipliers.cap": 50.0, "multipliers.cap_mean": 20.0}, "cap: null"),
    ({"multipliers.cap": 200.0, "multipliers.cap_mean": 200.0}, "cap of all"),
    (
        {"improvement.kl": "reversed", "improvement.m_step": "mixed"},
        "m_step: coupled, with kl: reversed",
    ),
    (ONLY_MEAN | {"improvement.kl": "reversed"}, "kl: exact, where only the mean"),
    (PRIOR | {"improvement.m_step": "decoupled"}, "m_step: coupled, with"),
    (FREE | {"improvement.kl_penalty": 1.0}, "m_step: coupled, with"),
    (FREE | JOINT, "m_step: coupled, with"),
    (FREE | {"improvement.m_step": "mixed"}, "mixed differs in its KL only"),
    (
        FREE
        | {"improvement.likelihood_weight": 2.0, "optimisation.gradient_norm": None},
        "likelihood_weight: 1",
    ),
    ({"improvement.samples": 2, "improvement.epsilon": 0.7}, "below 0.6931"),
    ({"improvement.epsilon_penalty": 3.0}, "below 2.996, the logarithm"),
    ({"policy_evaluation.sequence_length": 1}, "method: td_0"),
    ({"optimisation.policy_period": 25}, "policy_period: null"),
    ({"policy.hidden": [8], "policy.activation": "relu"}, "policy.activation: elu"),
    ({"critic.hidden": [8], "critic.activation": "tanh"}, "critic.activation: elu"),
    ({"critic.hidden": []}, "critic.layer_norm: false"),
    (FREE | EXACT, "learning_rate exactly where there is a multiplier"),
    ({"multipliers.learning_rate": None}, "learning_rate exactly where"),
    ({"data.initial_steps": None}, "initial_steps exactly where no iteration"),
    (
        ITERATIONS | {"data.initial_steps": 40},
        "initial_steps exactly where no iteration",
    ),
    (SQUASHED | {"policy.mean": "tanh"}, "one of both squashes"),
    ({"improvement.samples": 1}, "samples of 2 or more: of one action q is pi_i"),
    ({"data.batch_states": 4}, "at least a sequence, 5"),
    (WORKERS | ITERATIONS, "fill a sequence"),
    (
        ITERATIONS | {"data.episodes_per_iteration": 2},
        "steps_per_iteration or episodes_per_iteration",
    ),
    ({"data.episodes_per_iteration": 2}, "steps_per_update, or updates_per_iteration"),
    (
        ITERATIONS | {"data.steps_per_iteration": None},
        "steps_per_update, or updates_per_iteration",
    ),
    (WORKERS | EXACT, "temperature: gradient"),
    (WORKERS | {"improvement.dual": "pooled"}, "pooled"),
    (WORKERS | {"data.normalise_observations": True}, "normalise_observations"),
]


@pytest.mark.parametrize(
    "settings",
    [
        {"improvement.samples": 7},
        {"improvement.objective": "advantage"},
        {"improvement.gradient_actions": "one"},
    ],
)
def test_antithetic_actions_want_all_pairs_and_q(settings):
    good = {"improvement.antithetic": True, "improvement.objective": "q_value"}
    override(load_recipe("parametric"), good)
    with pytest.raises(ConfigError, match="antithetic with an even number"):
        override(load_recipe("parametric"), good | settings)


@pytest.mark.parametrize(("settings", "reason"), WRONG)
def test_what_makes_no_sense_is_refused_with_the_reason(settings, reason):
    with pytest.raises(ConfigError, match=reason) as refused:
        override(load_recipe("default"), settings)
    assert refused.value.given == "settings that do not go together"


def test_a_kl_that_nothing_bounds_is_the_exact_one():
    settings = {"improvement.epsilon_joint": None, "multipliers.alpha_joint": None}
    free = override(load_recipe("categorical"), settings)
    with pytest.raises(ConfigError, match="kl: exact"):
        override(free, {"improvement.kl": "reversed"})


def test_a_sampled_policy_gradient_may_use_one_action_and_no_advantage():
    one, raw = {"improvement.samples": 1}, {"improvement.objective": "q_value"}
    assert override(load_recipe("epg"), one | raw).improvement.samples == 1
    with pytest.raises(ConfigError, match="2 or more, for an advantage"):
        override(load_recipe("epg"), one)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"improvement.gradient_actions": "one"}, "all, of a single sample"),
        ({"policy_evaluation.next_actions": "one"}, "all, of a single sample"),
        (
            {
                "improvement.samples": 20,
                "improvement.gradient_actions": "one",
                "policy_evaluation.next_actions": "one",
            },
            "samples: 1, with",
        ),
        ({"policy.bounds": "tanh"}, "entropy_scale: 0"),
    ],
)
def test_a_policy_gradient_says_what_it_uses(settings, reason):
    single = {"improvement.samples": 1, "improvement.objective": "q_value"}
    with pytest.raises(ConfigError, match=reason):
        override(load_recipe("epg"), single | settings)


@pytest.mark.parametrize(
    ("key", "value", "kinds"),
    [
        ("improvement.prior_precision", 1.0, "nonparametric only"),
        ("improvement.epsilon_penalty", 1e-3, "nonparametric only"),
        ("improvement.per_dimension", True, "nonparametric only"),
        ("improvement.samples", 5, "nonparametric and parametric only"),
        ("policy.covariance", "full", "gaussian only"),
    ],
)
def test_discrete_actions_leave_out_what_is_about_densities(key, value, kinds):
    with pytest.raises(ConfigError, match=f"{key}: given a setting of {kinds}"):
        override(load_recipe("categorical"), {key: value})


@pytest.mark.parametrize(
    "settings", [PRIOR, WORKERS, {"improvement.m_step_updates": 5}]
)
def test_a_variant_is_another_run(settings):
    default = load_recipe("default")
    hashes = {
        recipe_hash(one, "walker-walk", "envpool")
        for one in (default, override(default, settings))
    }
    assert len(hashes) == 2
    values = {"improvement.m_step_updates": 1, "data.workers": 1}
    same = override(default, values)
    assert recipe_hash(same, "walker-walk", "envpool") in hashes


def test_what_learns_no_multiplier_has_no_rate_for_it():
    free = override(load_recipe("default"), FREE | EXACT | NONE)
    assert rates(free) == (1e-3, 1e-3, 0.0)
    for name in ("epg", "pg"):
        with pytest.raises(ConfigError, match="learning_rate exactly where"):
            override(load_recipe(name), {"multipliers.learning_rate": 1e-2})
