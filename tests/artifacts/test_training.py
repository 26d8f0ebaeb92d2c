"""`mpo_repro.train`: what it trains, what it gives back, what it refuses."""

import pytest

import mpo_repro
from mpo_repro.artifacts import training
from mpo_repro.config import ConfigError, load_recipe, override, recipe_hash


def test_a_run_comes_back_with_its_tables(trained):
    assert trained.details["ended"] == "completed"
    assert set(trained.curve["kind"]) == {"mean", "sampled"}
    assert trained.curve.environment_steps.max() == 600
    assert "critic_loss" in set(trained.diagnostics.name)
    assert (trained.timing.wall_seconds > 0).all()
    assert "reacher-easy, seed 3" in repr(trained)


def test_settings_are_those_of_the_recipe_and_of_the_call(trained):
    assert trained.recipe.policy.hidden == (8,)
    assert trained.recipe.improvement.samples == 3
    assert trained.recipe.data.normalise_observations
    digest = recipe_hash(trained.recipe, "reacher-easy", "envpool")
    assert trained.details["hash"] == digest


def test_the_same_call_gives_the_run_that_is_there(trained, train_small):
    before = (trained.folder / "run.json").stat().st_mtime_ns
    again = train_small(trained.folder)
    assert again.curve.equals(trained.curve)
    assert (trained.folder / "run.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["improvement__samples", "improvement.samples"])
def test_a_setting_has_a_dotted_name_and_a_short_one(project, name):
    recipe = load_recipe("paper")
    assert training.settings_of(recipe, {name: 7}) == {"improvement.samples": 7}
    assert training.settings_of(recipe, {"samples": 7}) == {"improvement.samples": 7}


def test_a_short_name_of_several_settings_is_refused(project):
    with pytest.raises(ConfigError, match=r"hidden: given an ambiguous.*policy.hidden"):
        training.settings_of(load_recipe("paper"), {"hidden": [8]})


def test_settings_are_checked_like_those_of_files(project):
    with pytest.raises(ConfigError, match=r"epsilon_mean: given -1"):
        mpo_repro.train("reacher-easy", "paper", epsilon_mean=-1)
    with pytest.raises(ConfigError, match=r"epsilon_maen.*epsilon_mean"):
        mpo_repro.train("reacher-easy", "paper", epsilon_maen=0.1)
    assert not (project.root / "results").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"task": "reacher-eazy"},
            "task: given reacher-eazy; allowed: did you mean re",
        ),
        ({"task": "CartPole-v1"}, "recipe: given mpo on CartPole-v1, with discrete"),
        ({"backend": "gymnasium"}, "backend: given gymnasium; allowed: one of dm_con"),
        ({"backend": ""}, "backend: given ''; allowed: one of dm_control, envpool"),
        ({"execution": "quick"}, "execution: given quick; allowed: one of bfloat16,"),
        ({"seed": -1}, "seed: given -1; allowed: an integer, at least 0"),
        ({"steps": 0}, "steps: given 0; allowed: an integer, at least 1"),
        ({"steps": 1.5}, "steps: given 1.5; allowed: an integer, at least 1"),
        ({"evaluation_interval": 0}, "evaluation_interval: given 0; allowed: an int"),
        ({"evaluation_episodes": 0}, "evaluation_episodes: given 0; allowed: an int"),
    ],
)
def test_wrong_arguments_are_refused_before_a_folder_is_made(project, given, told):
    with pytest.raises(ConfigError) as refused:
        mpo_repro.train(**{"task": "reacher-easy", "recipe": "paper"} | given)
    assert str(refused.value).startswith(f"train(): {told}")
    assert not (project.root / "results").exists()


def test_without_a_place_it_lies_where_the_command_puts_it(project, monkeypatch):
    from mpo_repro.training import process

    asked = []
    monkeypatch.setattr(process, "train", lambda *given: asked.append(given))
    with pytest.raises(ConfigError, match=r"run\.json"):
        mpo_repro.train("reacher-easy", "paper", seed=4, steps=50, samples=7)
    plan, folder = asked[0][:2]
    wanted = override(load_recipe("paper"), {"improvement.samples": 7})
    digest = recipe_hash(wanted, "reacher-easy", "envpool")
    assert str(folder) == f"results/runs/reacher-easy/{digest}/seed-4"
    assert (plan.recipe, plan.backend) == (wanted, "envpool")
    assert (plan.steps, plan.interval) == (50, 5)
