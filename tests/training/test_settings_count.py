"""No setting is accepted and ignored: each changes what a run learns, or is refused."""

import hashlib
from typing import Literal, get_args, get_origin

import pytest
import torch
import toy

from mpo_repro.config import ConfigError, Recipe, load_recipe, override
from mpo_repro.config.recipes import setting_keys
from mpo_repro.training.run import Plan, Run

# Numbers at which everything acts within the first updates: targets are refreshed,
# gradients clipped, the buffer comes round.
SMALL = {
    "policy.hidden": [5, 5],
    "critic.hidden": [5, 5],
    "critic.layer_norm": False,
    "policy_evaluation.sequence_length": 3,
    "data.environments": 2,
    "data.batch_states": 12,
    "data.initial_steps": 40,
    "data.steps_per_update": 6.0,
    "data.buffer_size": 50,
    "optimisation.gradient_norm": 0.01,
}
FREE = {
    "improvement.epsilon_mean": None,
    "improvement.epsilon_covariance": None,
    "multipliers.alpha_mean": None,
    "multipliers.alpha_covariance": None,
}
WHOLE = FREE | {"improvement.m_step": "coupled"}
# Name -> the recipe and what makes settings act that the default one leaves out.
BASES = {
    "default": ("default", {"optimisation.target_period": 3}),
    "joint": (
        "default",
        WHOLE | {"improvement.epsilon_joint": 0.1, "multipliers.alpha_joint": 10.0},
    ),
    "soft": ("default", WHOLE | {"improvement.kl_penalty": 10.0}),
    "prior": ("default", WHOLE | {"improvement.prior_precision": 10.0}),
    "fixed-penalty": (
        "default",
        {"improvement.epsilon_penalty": None, "improvement.penalty_temperature": 0.1},
    ),
    "averaged": (
        "default",
        {
            "optimisation.target_period": None,
            "optimisation.target_rate": 0.1,
            "optimisation.policy_period": 3,
        },
    ),
    "iterations": (
        "default",
        {
            "data.steps_per_update": None,
            "data.initial_steps": None,
            "data.steps_per_iteration": 24,
            "data.updates_per_iteration": 4,
            "data.buffer_size": 24,
        },
    ),
    "episodes": (
        "default",
        {
            "data.steps_per_update": None,
            "data.initial_steps": None,
            "data.episodes_per_iteration": 4,
            "data.updates_per_iteration": 4,
        },
    ),
    "limited": (
        "default",
        {
            "optimisation.target_period": 3,
            "multipliers.floor": 9.995,
            "multipliers.cap": 100.005,
            "multipliers.cap_mean": 10.0,
            "improvement.epsilon_covariance": 1e-9,
            "improvement.epsilon_mean": 1e-9,
        },
    ),
    "retrace": ("default", {"policy_evaluation.method": "retrace"}),
    "shallow": (
        "default",
        {
            "policy.hidden": [4],
            "policy.activation": "elu",
            "critic.hidden": [4],
            "critic.activation": "elu",
        },
    ),
    "one-step": (
        "default",
        {"policy_evaluation.sequence_length": 1, "policy_evaluation.method": "td_0"},
    ),
    "free": (
        "default",
        FREE | {"improvement.m_step": "coupled", "improvement.likelihood_weight": 1.0},
    ),
    "single": (
        "parametric",
        {
            "improvement.objective": "q_value",
            "improvement.samples": 1,
            "improvement.gradient_actions": "all",
            "policy_evaluation.next_actions": "all",
        },
    ),
    "parametric": (
        "parametric",
        {"improvement.entropy_scale": 0.01, "optimisation.target_period": 3},
    ),
    "q-value": ("parametric", {"improvement.objective": "q_value"}),
    "categorical": ("categorical", {"optimisation.target_period": 3}),
}
# Of a kind of recipe, the others are of another: they are given whole.
KINDS = ("policy.distribution", "improvement.method")
# Where nothing reaches them they do not act; the base `limited` has the others.
LIMITS = {"multipliers.floor", "multipliers.cap", "multipliers.cap_mean"}
# Refused wherever they could be changed here: there is one process, and no image.
ELSEWHERE = {"data.workers", "critic.torso", "policy.torso"}


def flat(recipe):
    data = recipe.model_dump(mode="json")
    values = {}
    for key in setting_keys(data):
        section, name = key.split(".")
        values[key] = data[section][name]
    return values


def based(name):
    recipe, settings = BASES[name]
    return override(load_recipe(recipe), SMALL | settings)


def others(recipe, key):
    """Values that a setting might have instead."""
    section, name = key.split(".")
    part = getattr(recipe, section)
    value, hint = getattr(part, name), type(part).model_fields[name].annotation
    if get_origin(hint) is Literal:
        return [other for other in get_args(hint) if other != value]
    if value is None:
        return [0.5, 2]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, tuple):
        return [[6, 5]]
    return [2 * value, value / 2] if isinstance(value, float) else [2 * value]


def learnt(recipe, folder):
    """A digest of all that a run has learnt and gathered after some updates."""
    run = Run(Plan(recipe, toy.TASK, 3, 120, 10**6, 1, "envpool", "plain"), folder)
    while run.actor.environment_steps < 120:
        run.actor.step(run.replay, run._learn_if_due)
    assert run.learner.updates >= 4
    digest = hashlib.sha256()
    for value in (
        *run.learner.state.values(),
        run.replay.rows[:, :, : len(run.replay)],
    ):
        assert torch.isfinite(value).all()
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def keys_of(name):
    """All settings of the kinds' first recipes; of another base what it switches on."""
    recipe = based(name)
    if name in ("default", "parametric", "categorical"):
        return sorted(flat(recipe).keys() - {*KINDS} - ELSEWHERE - LIMITS)
    return [key for key in BASES[name][1] if flat(recipe)[key] is not None]


@pytest.mark.slow
@pytest.mark.parametrize("name", BASES)
def test_every_setting_counts_or_is_refused(name, simulate, tmp_path):
    recipe = based(name)
    simulate(3 if recipe.policy.distribution == "categorical" else None)
    known, ignored, count = learnt(recipe, tmp_path / "known"), [], 0
    for key in keys_of(name):
        for value in others(recipe, key):
            try:
                changed = override(recipe, {key: value})
            except ConfigError:
                continue
            if changed == recipe:
                continue
            count += 1
            if learnt(changed, tmp_path / str(count)) == known:
                ignored.append((key, value))
    assert not ignored
    assert count > 0


def test_every_setting_is_among_those_that_are_tried():
    tried = {key for name in BASES for key in keys_of(name)}
    kinds = {based(name).policy.__class__ for name in BASES}
    kinds |= {based(name).improvement.__class__ for name in BASES}
    everything = set()
    for section, field in Recipe.model_fields.items():
        models = [kind for kind in kinds if kind in get_args(field.annotation)]
        for model in models or [field.annotation]:
            everything |= {f"{section}.{name}" for name in model.model_fields}
    assert everything - tried == {*KINDS, *ELSEWHERE}
