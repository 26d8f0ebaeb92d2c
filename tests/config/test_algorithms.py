"""Recipes of other algorithms than MPO: which model a file has, and what it refuses."""

import pytest

from mpo_repro.config import (
    ConfigError,
    algorithm,
    load_recipe,
    override,
    recipe_hash,
)
from mpo_repro.config.algorithms import BASELINES
from mpo_repro.config.files import CHECKOUT


@pytest.fixture
def shipped(monkeypatch):
    """Reads the project's own recipes."""
    monkeypatch.chdir(CHECKOUT)


@pytest.mark.parametrize("name", BASELINES)
def test_the_baseline_has_a_recipe_of_its_name(shipped, name):
    recipe = load_recipe(f"sb3-{name}")
    assert algorithm(recipe) == recipe.algorithm == name
    assert type(recipe) is BASELINES[name]


def test_a_recipe_that_names_no_algorithm_is_of_mpo_and_hashes_as_ever(shipped):
    assert algorithm(load_recipe("paper")) == "mpo"
    recipe = load_recipe("paper-eight-steps")
    digest = recipe_hash(recipe, "cartpole-swingup", "envpool")
    assert digest == "a9a9d534775d"  # of runs that were published


def test_to_name_mpo_changes_nothing(project):
    project.write("recipes/named.yaml", "extends: paper\nalgorithm: mpo\n")
    assert load_recipe("named") == load_recipe("paper")


def test_an_extension_keeps_the_algorithm_and_its_hash_is_another(shipped, tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text("extends: sb3-sac\nhidden: [8]\n")
    small = load_recipe(path)
    assert small == override(load_recipe("sb3-sac"), {"hidden": [8]})
    digests = {
        recipe_hash(r, "a-b", "envpool") for r in (small, load_recipe("sb3-sac"))
    }
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("algorithm: ppoo", "x.yaml: algorithm: given ppoo; allowed: did you mean ppo"),
        ("algorithm: [ppo]", "x.yaml: algorithm: given ['ppo']; allowed: did you"),
        ("algorithm: sac\nextends: paper", "policy: given an unknown key"),
        ("algorithm: ppo\nextends: paper", "policy: given an unknown key"),
        ("extends: sb3-sac\ntau: 1", "tau: given an unknown key"),
        ("extends: sb3-ppo\nbatch_size: 60", "a batch_size that divides rollout_steps"),
        ("extends: sb3-td3\ntarget_rate: 0", "target_rate: given 0; allowed: greater"),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(shipped, tmp_path, said, line):
    path = tmp_path / "x.yaml"
    path.write_text(said + "\n")
    with pytest.raises(ConfigError) as refused:
        load_recipe(path)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_algorithm_of_a_recipe_cannot_be_overridden(shipped):
    with pytest.raises(ConfigError, match="algorithm: given td3; allowed: 'sac'"):
        override(load_recipe("sb3-sac"), {"algorithm": "td3"})
