"""Settings of returns, states and temperatures that exclude or demand others."""

import pytest

from mpo_repro.config import ConfigError, load_recipe, override
from mpo_repro.config.recipes import recipe_hash


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("paper", {"policy_evaluation.method": "td_0"}, "full_returns: false"),
        ("paper", {"data.buffer_size": 60}, r"\(15 \+ 1\) \* environments = 64"),
    ],
)
def test_full_returns_that_make_no_sense_are_refused(name, settings, reason):
    given = {"policy_evaluation.full_returns": True}
    with pytest.raises(ConfigError, match=reason):
        override(load_recipe(name), given | settings)


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("default", {"improvement.dual": "pooled"}, "states: all"),
        (
            "paper",
            {"improvement.temperature": "exact", "multipliers.temperature": None},
            "states: all",
        ),
        ("paper", {"data.workers": 2}, "states: all"),
    ],
)
def test_states_are_left_out_only_where_all_is_weighed(name, settings, reason):
    given = {"improvement.states": "non_terminal"}
    override(load_recipe(name), given)
    with pytest.raises(ConfigError, match=reason):
        override(load_recipe(name), given | settings)


def test_full_returns_and_sequences_of_one_step_are_refused():
    settings = {
        "policy_evaluation.full_returns": True,
        "policy_evaluation.sequence_length": 1,
        "policy_evaluation.method": "td_0",
    }
    with pytest.raises(ConfigError, match="full_returns: false"):
        override(load_recipe("default"), settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"improvement.temperature": "exact", "multipliers.temperature": None},
        {"improvement.m_step_updates": 2},
        {"improvement.old_policy_in_weights": False},
    ],
)
def test_a_leak_needs_a_temperature_that_is_learnt_beside_one_m_step(settings):
    with pytest.raises(ConfigError, match="temperature_loss: dual"):
        override(load_recipe("acme-categorical-as-published"), settings)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("default", "policy_evaluation.full_returns", True),
        ("default", "improvement.states", "non_terminal"),
        ("categorical", "improvement.temperature_loss", "leaked"),
        ("pg", "improvement.objective", "above_mean"),
    ],
)
def test_a_younger_setting_is_another_run_only_where_it_is_set(name, key, value):
    recipe = load_recipe(name)
    section, setting = key.split(".")
    same = override(recipe, {key: getattr(getattr(recipe, section), setting)})
    changed = override(recipe, {key: value})
    hashes = [recipe_hash(one, "t", "envpool") for one in (recipe, same, changed)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_gradient_of_one_sample_needs_no_others_and_may_have_them_for_the_critic():
    one = load_recipe("pg-one-sample")
    assert one.improvement.gradient_actions == "one"
    assert one.policy_evaluation == load_recipe("epg").policy_evaluation
    with pytest.raises(ConfigError, match="samples: 1, with"):
        override(one, {"policy_evaluation.next_actions": "one"})
    alone = {"improvement.samples": 1, "improvement.gradient_actions": "all"}
    assert override(one, alone).improvement.objective == "above_mean"
