"""The default simulator of a task, by its name alone."""

import pytest

from mpo_repro.config import default_backend, load_study
from mpo_repro.environments import TASKS, backends


@pytest.mark.parametrize("task", TASKS)
def test_it_is_the_first_of_those_that_have_the_task(task):
    assert default_backend(task) == backends(task)[0]


def test_a_study_may_mix_families_of_tasks(project):
    project.edit("studies/tiny.yaml", "reacher-easy", "Reacher-v4")
    study = load_study("tiny")
    assert {run.task: run.backend for run in study.runs()} == {
        "pendulum-swingup": "envpool",
        "Reacher-v4": "gymnasium",
    }
    project.edit("studies/tiny.yaml", "steps:", "backend: dm_control\nsteps:")
    assert {run.backend for run in load_study("tiny").runs()} == {"dm_control"}
