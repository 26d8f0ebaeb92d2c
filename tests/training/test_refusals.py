"""What cannot be trained is refused in one line; what can be is let through."""

import numpy as np
import pytest

from mpo_repro.config import ConfigError, load_recipe
from mpo_repro.config.files import CHECKOUT
from mpo_repro.training import refusals

RECIPES = CHECKOUT / "paper_configs" / "recipes"


def recipe(name):
    return load_recipe(RECIPES / f"{name}.yaml")


def test_a_task_needs_one_of_its_simulators():
    refusals.check_task("reacher-easy", "dm_control", "f", ("a", "b"))
    with pytest.raises(ConfigError, match="f: b: given envpool; allowed: one of gym"):
        refusals.check_task("Pendulum-v1", "envpool", "f", ("a", "b"))


@pytest.mark.parametrize(
    ("name", "suits", "not_suits"),
    [
        ("paper", "reacher-easy", "CartPole-v1"),
        ("categorical", "CartPole-v1", "reacher-easy"),
        ("atari", "atari-pong", "CartPole-v1"),
        ("sb3-sac", "Pendulum-v1", "Acrobot-v1"),
    ],
)
def test_algorithm_and_task_have_the_same_actions_and_observations(
    name, suits, not_suits
):
    refusals.check_actions(recipe(name), suits, "f", "k")
    with pytest.raises(ConfigError, match=f"f: k: given .* on {not_suits}"):
        refusals.check_actions(recipe(name), not_suits, "f", "k")


def test_ppo_takes_both_kinds_of_actions():
    for task in ("reacher-easy", "CartPole-v1"):
        refusals.check_actions(recipe("sb3-ppo"), task, "f", "k")


def test_a_path_of_execution_exists_and_is_of_mpo():
    for path in (None, "plain", "compiled"):
        refusals.check_execution(recipe("paper"), path, "f", "")
    refusals.check_execution(recipe("sb3-sac"), None, "f", "")
    with pytest.raises(ConfigError, match="f: given plian; allowed: did you mean plai"):
        refusals.check_execution(recipe("paper"), "plian", "f", "")
    with pytest.raises(ConfigError, match="given plain; allowed: only for recipes of"):
        refusals.check_execution(recipe("sb3-sac"), "plain", "f", "")


@pytest.mark.parametrize("value", [2, np.int64(3)])
def test_an_integer_is_let_through(value):
    refusals.check_number(value, 2, "f", "k")


@pytest.mark.parametrize("value", [1, 2.0, "2", None, float("nan")])
def test_what_is_no_such_integer_is_refused(value):
    with pytest.raises(ConfigError, match="f: k: given .*an integer, at least 2"):
        refusals.check_number(value, 2, "f", "k")
