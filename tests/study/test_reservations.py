"""What Snakemake reserves for a run."""

import pytest

from mpo_repro.study import calibration, plan
from mpo_repro.study.jobs import plan_jobs


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_nothing_is_limited_on_a_machine_that_was_not_measured(project, cache):
    jobs = plan_jobs("tiny")
    for run in jobs.study.runs():
        assert jobs.reservations.mem_mb(run) == 1500
        assert jobs.reservations.runtime(run) is None


def test_a_calibrated_machine_reserves_more_than_is_predicted(project, cache, machine):
    slow = machine._replace(start_seconds=600.0)
    calibration.save(slow)
    jobs = plan_jobs("tiny")
    for run in jobs.study.runs():
        cost = plan.cost_of(jobs.study, run, slow)
        reserved = jobs.reservations.mem_mb(run) * 1e6
        assert 1.25 * cost.memory <= reserved < 1.25 * cost.memory + 1e8
        minutes = 2 * cost.seconds / 60
        assert minutes <= jobs.reservations.runtime(run) < minutes + 1


def test_a_short_run_has_ten_minutes(project, cache, machine):
    calibration.save(machine)
    jobs = plan_jobs("tiny")
    assert {jobs.reservations.runtime(run) for run in jobs.study.runs()} == {10}
