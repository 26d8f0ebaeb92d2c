"""What the project's own studies promise, against the recipes as they are."""

import pytest

from mpo_repro.config import Recipe, Study, load_recipe, load_study
from mpo_repro.config.files import CHECKOUT
from mpo_repro.config.recipes import setting_keys


@pytest.fixture(autouse=True)
def checkout(monkeypatch):
    """Reads the configuration of the project, wherever pytest was started."""
    monkeypatch.chdir(CHECKOUT)


def settings(recipe: Recipe) -> dict[str, object]:
    """Lists the settings of a recipe by dotted key."""
    data = recipe.model_dump(mode="json")
    found = {}
    for key in setting_keys(data):
        value = data
        for part in key.split("."):
            value = value[part]
        found[key] = value
    return found


def differences(one: Recipe, other: Recipe) -> dict[str, object]:
    """Lists the settings in which a recipe differs from another, with its values."""
    others = settings(other)
    return {key: val for key, val in settings(one).items() if val != others[key]}


def test_the_bisection_sets_back_every_setting_that_differs_and_no_other():
    default, paper = load_recipe("default"), load_recipe("paper")
    study = load_study("bisection")
    assert study.recipe("default") == default
    assert study.recipe("paper") == paper
    changed = {}
    for arm in study.arms.keys() - {"default", "paper"}:
        made = differences(study.recipe(arm), default)
        assert made, f"arm {arm} is the default recipe"
        assert not changed.keys() & made.keys(), f"arm {arm} repeats another's setting"
        changed |= made
    assert changed == differences(paper, default)


@pytest.mark.parametrize("arm", ["default", "paper"])
def test_the_bisection_takes_its_two_ends_from_the_reference(arm):
    bisection, reference = load_study("bisection"), load_study("reference")
    ends = {run.folder for run in bisection.runs() if run.arm == arm}
    assert ends <= {run.folder for run in reference.runs() if run.arm == arm}
    # Runs that are shared are evaluated at the same steps, or scores do not compare.
    assert bisection.evaluation == reference.evaluation


def marks(study: Study, task: str) -> set[int]:
    """Lists the steps at which a study evaluates a task."""
    interval = study.evaluation.interval
    return set(range(interval, study.budget(task) + 1, interval))


def test_the_reference_is_evaluated_where_published_curves_are_compared():
    study = load_study("reference")
    hundred = {"cartpole-swingup", "walker-walk", "cheetah-run"}
    assert {task for task in study.tasks if study.budget(task) == 100_000} == hundred
    for task in set(study.tasks) - hundred:
        assert {100_000, 250_000} <= marks(study, task)
    assert len(study.runs()) == 5 * 5 + 5 * 3
