"""Exported policies: what comes back is what went out, and damage is seen."""

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file

import mpo_repro
from mpo_repro.artifacts import export, model_card
from mpo_repro.config import ConfigError


@pytest.fixture
def folder(trained, tmp_path):
    """An exported policy."""
    return export.export(trained, tmp_path / "policy")


def test_what_comes_back_acts_like_what_went_out(trained, folder):
    loaded = mpo_repro.load_policy(folder)
    observations = np.random.default_rng(0).normal(size=(20, 6))
    np.testing.assert_array_equal(loaded(observations), trained.policy(observations))
    assert loaded.task == "reacher-easy"


def test_who_can_read_the_description_can_read_the_weights(folder):
    modes = {path.name: path.stat().st_mode for path in folder.iterdir()}
    assert modes["policy.safetensors"] == modes["policy.yaml"]


def test_parameters_have_names_and_shapes(folder):
    shapes = {
        name: value.shape
        for name, value in load_file(folder / "policy.safetensors").items()
    }
    assert shapes["policy.weight_0"] == (6, 8)
    assert shapes["policy.bias_1"] == (5,)  # mean 2, full covariance 3
    assert shapes["observation_mean"] == (6,)


def test_the_description_says_where_it_comes_from(trained, folder):
    said = yaml.safe_load((folder / "policy.yaml").read_text())
    assert said["gymnasium"] == {"id": "mpo_repro/reacher-easy-v0", "options": {}}
    assert said["environment_steps"] == 600
    assert (said["seed"], said["hash"]) == (3, trained.details["hash"])
    assert said["recipe"] == trained.details["recipe"]
    last = trained.curve[trained.curve.environment_steps == 600]
    mean = last.episode_return[last["kind"] == "sampled"].mean()
    assert said["returns"]["sampled"] == {
        "mean": round(mean, 1),
        "sd": 0.0,
        "episodes": 1,
    }


def test_texts_that_look_like_numbers_stay_texts(trained, tmp_path):
    trained.details["commit"], before = "12e4", trained.details["commit"]
    try:
        folder = export.export(trained, tmp_path / "policy")
    finally:
        trained.details["commit"] = before
    assert export.files.read(folder / "policy.yaml")["commit"] == "12e4"


def test_the_same_run_gives_the_same_bytes(trained, folder, tmp_path):
    other = export.export(trained, tmp_path / "other")
    for name in (export.WEIGHTS, export.DESCRIPTION, export.CARD):
        assert (other / name).read_bytes() == (folder / name).read_bytes()


def test_damaged_weights_are_refused(folder):
    weights = folder / "policy.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ConfigError, match="missing or damaged"):
        mpo_repro.load_policy(folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("format: 1", "format: 2", "format: given 2; allowed: 1"),
        ("task: reacher-easy", "task: reacher-eazy", "unknown task"),
        ("task: reacher-easy", "task: cheetah-run", "mpo-repro export writes"),
        ("recipe:", "recip:", "KeyError"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(folder, old, new, told):
    path = folder / "policy.yaml"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=told):
        mpo_repro.load_policy(folder)


def test_the_card_shows_how_to_act_and_with_what_return(trained, folder):
    card = (folder / "README.md").read_text()
    assert 'gymnasium.make("mpo_repro/reacher-easy-v0")' in card
    assert "600 environment steps" in card
    assert "| sampled |" in card


def test_a_card_without_an_evaluation_or_versions_says_so():
    description = {
        "task": "LunarLanderContinuous-v3",
        "environment_steps": 10,
        "learner_updates": 1,
        "seed": 0,
        "gymnasium": {"id": "LunarLander-v3", "options": {"continuous": True}},
        "returns": {},
        "hash": "0",
        "commit": None,
        "backend": "gymnasium",
        "versions": {},
    }
    card = model_card.write(description)
    assert 'make("LunarLander-v3", continuous=True)' in card
    assert "not evaluated" in card
    assert "versions unknown" in card
