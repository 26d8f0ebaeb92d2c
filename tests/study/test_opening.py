"""Studies are opened only if their tasks exist; those of the project all can be."""

import pytest

from mpo_repro.config import ConfigError, load_recipe
from mpo_repro.config.files import CHECKOUT
from mpo_repro.environments import suite
from mpo_repro.study import open_study

SHIPPED = sorted((CHECKOUT / "paper_configs" / "studies").glob("*.yaml"))


def test_a_task_that_does_not_exist_is_named_with_its_neighbours(project):
    project.edit("studies/tiny.yaml", "reacher-easy", "reacher-esay")
    with pytest.raises(ConfigError) as refused:
        open_study("tiny")
    assert "tasks.1: given reacher-esay; allowed: did you mean reacher-easy" in str(
        refused.value
    )


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("CartPole-v1", "arms.paper: given mpo on CartPole-v1, with discrete"),
        ("atari-pong", "arms.paper: given mpo on atari-pong, which shows images; all"),
        ("Pendulum-v1", "backend: given envpool; allowed: one of gymnasium for Pend"),
        (
            "Pendulum-v0",
            "tasks.1: given Pendulum-v0; allowed: did you mean Pendulum-v1",
        ),
    ],
)
def test_a_task_that_does_not_suit_the_rest_is_refused(project, task, told):
    project.edit("studies/tiny.yaml", "reacher-easy", task)
    if task == "Pendulum-v1":
        project.edit("studies/tiny.yaml", "steps:", "backend: envpool\nsteps:")
    with pytest.raises(ConfigError) as refused:
        open_study("tiny")
    assert told in str(refused.value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_study_of_the_project_opens(path, monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    study = open_study(path.stem)
    ways = {(study.recipe(name), arm.execution) for name, arm in study.arms.items()}
    # Until the search has written the recipe `paper-open`, it is `paper`.
    waiting = study.name == "paper-as-printed" and load_recipe(
        "paper-open"
    ) == load_recipe("paper")
    assert len(ways) + waiting == len(study.arms), "two arms learn the same"


def test_the_study_of_the_paper_is_the_whole_suite_with_ten_seeds(monkeypatch):
    monkeypatch.chdir(CHECKOUT)
    study = open_study("paper")
    assert study.tasks == suite.TASKS
    assert study.seeds == tuple(range(10))
    assert {"paper", "default"} <= study.arms.keys()
