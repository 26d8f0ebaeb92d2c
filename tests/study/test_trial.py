"""A plan beside what a study took."""

import json

import pytest

from mpo_repro.cli import app
from mpo_repro.study import trial


def test_a_ratio_above_one_is_a_plan_that_asked_too_much():
    said = trial.summarise(16, planned=550.0, trained=500.0, seconds=520.0)
    assert said["ratio"] == pytest.approx(1.1)
    assert (said["runs"], said["planned_seconds"], said["seconds"]) == (16, 550, 520)


def test_what_snakemake_says_is_passed_on(project, monkeypatch):
    monkeypatch.setattr(trial.calibration, "measure", lambda tasks: None)
    monkeypatch.setattr(trial, "forecast", lambda *given: None)
    with pytest.raises(trial.TrialError, match="number of cores"):
        trial.benchmark("tiny", "no-such-cores")


@pytest.mark.slow
def test_a_small_study_is_planned_and_made(project, capfd):
    project.edit("studies/tiny.yaml", "seeds: [0, 7]", "seeds: [0]")
    project.edit("studies/tiny.yaml", "tasks: [pendulum-swingup, ", "tasks: [")
    with pytest.raises(SystemExit) as end:
        app.main(["benchmark", "plan", "--study", "tiny", "--cores", "2", "--json"])
    output = capfd.readouterr()
    assert not end.value.code, output.err
    found = json.loads(output.out)
    assert (found["study"], found["cores"], found["runs"]) == ("tiny", 2, 2)
    assert 0 < found["trained_seconds"] < found["seconds"]
    assert found["planned_seconds"] > 0
