"""Recipes: what they extend, what overrides change, what their hash depends on."""

import json
import subprocess
import sys

import pytest

from mpo_repro.config import (
    ConfigError,
    load_recipe,
    override,
    parse_settings,
    recipe_hash,
)


def test_extends_merges_mappings_and_replaces_the_rest(project):
    project.write(
        "recipes/mid.yaml",
        "extends: paper\npolicy: {hidden: [64, 64], activation: relu}\n",
    )
    project.write(
        "recipes/top.yaml",
        "extends: mid\ndescription: A test.\npolicy: {activation: tanh}\n"
        "optimisation: {gradient_norm: 41}\n",
    )
    paper, top = load_recipe("paper"), load_recipe("top")
    assert top.policy.hidden == (64, 64)
    assert top.policy.activation == "tanh"
    assert top.optimisation.gradient_norm == 41.0
    assert paper.optimisation.gradient_norm != 41.0
    assert top.critic == paper.critic


def test_a_path_outside_may_extend_a_recipe_of_the_same_name(project, tmp_path):
    path = tmp_path / "paper.yaml"
    path.write_text("extends: paper\ncritic: {hidden: [7]}\n")
    assert load_recipe(path).critic.hidden == (7,)


@pytest.mark.parametrize("target", ["loop", "back"])
def test_a_cycle_is_refused(project, target):
    project.write("recipes/loop.yaml", f"extends: {target}\n")
    project.write("recipes/back.yaml", "extends: loop\n")
    with pytest.raises(ConfigError, match="does not lead back here"):
        load_recipe("loop")


@pytest.mark.parametrize("parent", ["../secret", "papr", "[a]", "null"])
def test_extends_names_a_recipe(project, parent):
    project.write("recipes/x.yaml", f"extends: {parent}\n")
    with pytest.raises(ConfigError, match=r"recipes/x.yaml: extends: given .*paper"):
        load_recipe("x")


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        (
            "policy: {hiden: [1]}",
            "x.yaml: policy.hiden: given an unknown key; allowed: did you mean hidden?",
        ),
        (
            "improvement: {entropy_scale: 1.0}",
            "improvement.entropy_scale: given a setting of parametric only; allowed:",
        ),
        ("polcy: {}", "x.yaml: polcy: given an unknown key; allowed: did you mean pol"),
        ("policy: {hidden: [0]}", "x.yaml: policy.hidden.0: given 0; allowed: greater"),
        ("policy: {hidden: 64}", "x.yaml: policy.hidden: given 64; allowed:"),
        ("policy: {hidden: [64.5]}", "policy.hidden.0: given 64.5; allowed:"),
        ("policy: {activation: gelu}", "given gelu; allowed: 'elu', 'relu' or 'tanh'"),
        ("policy: {layer_norm: 1}", "policy.layer_norm: given 1; allowed: boolean"),
        ("policy: null", "x.yaml: policy: given None; allowed:"),
        ("improvement: {samples: '20'}", "improvement.samples: given 20; allowed: int"),
        ("improvement: {epsilon: 0}", "improvement.epsilon: given 0; allowed: greater"),
        ("improvement: {epsilon: true}", "improvement.epsilon: given True; allowed:"),
        ("policy_evaluation: {discount: 1}", "discount: given 1; allowed: less than 1"),
        (
            "improvement: {method: nonparametrik}",
            "x.yaml: improvement.method: given nonparametrik; allowed: did you mean",
        ),
        ("policy: {distribution: [1]}", "policy.distribution: given [1]; allowed: one"),
        ("description: [1]", "x.yaml: description: given [1]; allowed: a text"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(project, setting, line):
    project.write("recipes/x.yaml", f"extends: paper\n{setting}\n")
    with pytest.raises(ConfigError) as refused:
        load_recipe("x")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_file_that_is_blamed_is_the_one_that_says_it(project):
    project.edit("recipes/paper.yaml", "samples: 20", "samples: 0")
    project.write("recipes/x.yaml", "extends: paper\ncritic: {hidden: [1]}\n")
    with pytest.raises(ConfigError, match=r"recipes/paper.yaml: improvement.samples"):
        load_recipe("x")


def test_a_missing_setting_is_named(project):
    project.edit("recipes/paper.yaml", "samples: 20", "# samples: 20")
    with pytest.raises(ConfigError, match=r"improvement.samples: given nothing"):
        load_recipe("paper")


def test_override_changes_only_what_it_names(project):
    paper = load_recipe("paper")
    settings = {"policy.hidden": [64, 64], "improvement.epsilon": 1}
    changed = override(paper, settings)
    assert changed.policy.hidden == (64, 64)
    assert changed.improvement.epsilon == 1.0
    undone = {
        "policy.hidden": list(paper.policy.hidden),
        "improvement.epsilon": paper.improvement.epsilon,
    }
    assert override(changed, undone) == paper
    assert override(paper, {}) == paper


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"policy.hiden": [1]},
            "--set: policy.hiden: given an unknown key; allowed: did you mean policy.h",
        ),
        ({"policy": {}}, "--set: policy: given an unknown key"),
        (
            {"policy.torso": "dqn"},
            "--set: policy.torso: given a setting of categorical",
        ),
        (
            {"policy.distribution": "categorical"},
            "policy.covariance: given a setting of",
        ),
        ({"critic.bounds": "tanh"}, "--set: critic.bounds: given an unknown key"),
        ({"policy.hidden": "wide"}, "--set: policy.hidden: given wide; allowed:"),
        ({"policy.hidden.0": 5}, "--set: policy.hidden.0: given an unknown key"),
    ],
)
def test_override_refuses_what_a_recipe_refuses(project, settings, line):
    with pytest.raises(ConfigError) as refused:
        override(load_recipe("paper"), settings)
    assert line in str(refused.value)


def test_settings_are_read_as_they_are_typed():
    texts = ["policy.hidden=[64, 64]", "improvement.epsilon = 1e-2", "a.b=null"]
    read = {"policy.hidden": [64, 64], "improvement.epsilon": 0.01, "a.b": None}
    assert parse_settings(texts) == read


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a=1", "a=2"], ["a=[1"]])
def test_settings_that_are_none_are_refused(texts):
    with pytest.raises(ConfigError, match="--set"):
        parse_settings(texts)


def test_the_hash_is_of_values_and_not_of_how_they_are_written(project):
    project.write("recipes/named.yaml", "extends: paper\ndescription: Other words.\n")
    paper, named = load_recipe("paper"), load_recipe("named")
    whole = int(paper.multipliers.temperature)
    assert whole == paper.multipliers.temperature
    same = override(paper, {"multipliers.temperature": whole})
    hashes = {recipe_hash(r, "a-b", "envpool") for r in (paper, named, same)}
    assert len(hashes) == 1
    (digest,) = hashes
    assert len(digest) == 12
    assert int(digest, 16) >= 0


def test_the_hash_changes_with_every_setting_the_task_and_the_backend(project):
    paper = load_recipe("paper")
    changes = {
        "policy.hidden": [100, 101],
        "improvement.epsilon": 0.10000001,
        "improvement.epsilon_penalty": 0.1,
        "data.environments": 5,
    }
    recipes = [paper, *(override(paper, {k: v}) for k, v in changes.items())]
    places = [("a-b", "envpool"), ("a-c", "envpool"), ("a-b", "dm_control")]
    hashes = [recipe_hash(r, *place) for r in recipes for place in places]
    assert len(set(hashes)) == len(hashes) == 15


def test_the_hash_is_the_same_in_another_process(project):
    digest = recipe_hash(load_recipe("paper"), "a-b", "envpool")
    code = (
        "from mpo_repro.config import *;"
        "print(recipe_hash(load_recipe('paper'), 'a-b', 'envpool'))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest


def test_a_recipe_survives_json(project):
    paper = load_recipe("paper")
    text = json.dumps(paper.model_dump(mode="json"))
    assert type(paper).model_validate_json(text, strict=True) == paper
