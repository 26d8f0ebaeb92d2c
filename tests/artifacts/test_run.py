"""A run folder, and what is refused of one."""

import json
import shutil
from pathlib import Path

import pytest

import mpo_repro
from mpo_repro.config import ConfigError, load_recipe, recipe_hash
from mpo_repro.runs.sealed import write_sealed

RECIPES = Path(__file__).parents[2] / "paper_configs" / "recipes"


@pytest.fixture
def folder(trained, tmp_path):
    """A copy of a run, to be spoilt."""
    return shutil.copytree(trained.folder, tmp_path / "run")


def edit(folder, **changes):
    """Changes run.json, its checksum as well."""
    path = folder / "run.json"
    write_sealed(path, json.loads(path.read_text()) | changes)


def test_another_algorithms_run_has_tables_and_no_policy(folder):
    sac = load_recipe(RECIPES / "sb3-sac.yaml")
    about = json.loads((folder / "run.json").read_text())
    digest = recipe_hash(sac, about["task"], about["backend"])
    edit(folder, recipe=sac.model_dump(mode="json"), hash=digest)
    run = mpo_repro.Run(folder)
    assert len(run.curve)
    with pytest.raises(ConfigError, match=r"recipe.algorithm: given sac; allowed: mpo"):
        run.policy  # noqa: B018


@pytest.mark.parametrize("recipe", [{"policy": 1}, 3, {"algorithm": "sca"}])
def test_a_recipe_that_is_none_is_refused(folder, recipe):
    edit(folder, recipe=recipe)
    with pytest.raises(ConfigError, match=r"run\.json: (recipe|algorithm): given"):
        mpo_repro.Run(folder).policy  # noqa: B018


def test_a_run_that_was_not_saved_has_no_policy(folder):
    shutil.rmtree(folder / "checkpoint")
    with pytest.raises(ConfigError, match="checkpoint: given none"):
        mpo_repro.Run(folder).policy  # noqa: B018


def test_a_damaged_checkpoint_is_refused(folder):
    for path in (folder / "checkpoint").glob("state-*"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ConfigError, match="a whole checkpoint .*state-"):
        mpo_repro.Run(folder).policy  # noqa: B018


@pytest.mark.parametrize(
    ("text", "told"), [("[", "JSON"), ("{}", "task: given nothing"), ("3", "JSON")]
)
def test_a_run_json_that_is_none_is_refused(tmp_path, text, told):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ConfigError, match=told):
        mpo_repro.Run(tmp_path)
