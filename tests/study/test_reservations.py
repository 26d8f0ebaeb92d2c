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


def test_all_runs_have_what_the_largest_is_predicted_to_need(project, cache, machine):
    slow = machine._replace(start_seconds=600.0)
    calibration.save(slow)
    jobs = plan_jobs("tiny")
    costs = [plan.cost_of(jobs.study, run, slow) for run in jobs.study.runs()]
    memory = max(cost.memory for cost in costs)
    minutes = 2 * max(cost.seconds for cost in costs) / 60
    assert len({cost.seconds for cost in costs}) > 1
    for run in jobs.study.runs():
        reserved = jobs.reservations.mem_mb(run) * 1e6
        assert 1.25 * memory <= reserved < 1.25 * memory + 1e8
        assert minutes <= jobs.reservations.runtime(run) < minutes + 1


def test_an_attempt_after_one_that_failed_has_more_memory(project, cache):
    jobs = plan_jobs("tiny")
    run = jobs.study.runs()[0]
    assert [jobs.reservations.mem_mb(run, attempt) for attempt in (1, 2, 3)] == [
        1500,
        3000,
        4500,
    ]


def test_a_short_run_has_ten_minutes(project, cache, machine):
    calibration.save(machine)
    jobs = plan_jobs("tiny")
    assert {jobs.reservations.runtime(run) for run in jobs.study.runs()} == {10}
