"""What Snakemake is told of a study."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mpo_repro.config import ConfigError
from mpo_repro.study.jobs import plan_jobs

SAC = Path(__file__).parents[2] / "paper_configs/recipes/sb3-sac.yaml"


def test_a_marker_a_run_and_the_arm_that_makes_it(project):
    jobs = plan_jobs("tiny")
    runs = jobs.study.runs()
    assert list(jobs.markers) == [run.marker.as_posix() for run in runs]
    assert [jobs.arm(run) for run in runs] == [run.arm for run in runs]
    assert jobs.file.samefile(project.root / "paper_configs/studies/tiny.yaml")


def test_arms_that_learn_the_same_are_trained_once(project):
    project.edit("studies/tiny.yaml", "[300, 300]", "[100, 100]")
    jobs = plan_jobs("tiny")
    assert len(jobs.markers) == 4
    assert {jobs.arm(run) for run in jobs.study.runs()} == {"paper"}


def test_a_job_takes_a_path_in_place_of_the_study_s_where_it_has_one(project):
    project.write("recipes/sac.yaml", SAC.read_text(encoding="utf-8"))
    project.edit(
        "studies/tiny.yaml", "  wide:", "  sac: {recipe: sac, label: S}\n  wide:"
    )
    jobs = plan_jobs("tiny")
    for run in jobs.study.runs():
        assert jobs.execution(run, None) == ""
        expected = "" if run.arm == "sac" else " --execution plain"
        assert jobs.execution(run, "plain") == expected


def test_what_the_study_does_not_learn_has_no_arm(project):
    with pytest.raises(KeyError):
        plan_jobs("tiny").arm(
            SimpleNamespace(task="reacher-easy", hash="0" * 12, seed="0")
        )


def test_a_shared_run_is_made_by_an_arm_that_has_its_seed(project):
    project.edit("studies/tiny.yaml", "[300, 300]", "[100, 100]")
    project.edit("studies/tiny.yaml", "label: Paper", "label: Paper, seeds: [7]")
    jobs = plan_jobs("tiny")
    made_by = {(run.seed, jobs.arm(run)) for run in jobs.study.runs()}
    assert made_by == {(0, "wide"), (7, "paper")}


def test_the_workers_of_a_run_are_not_a_workflow_s_to_start(project):
    project.edit("recipes/paper.yaml", "  workers: 1", "  workers: 2")
    with pytest.raises(ConfigError, match=r"given data.workers 2; allowed: 1, in a"):
        plan_jobs("tiny")
