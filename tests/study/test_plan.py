"""What a study takes: schedules and sums by hand."""

import pytest

from mpo_repro.study import plan
from mpo_repro.study.opening import open_study


@pytest.mark.parametrize(
    ("jobs", "cores", "end"),
    [
        ([3, 2, 2, 1], 2, 4),  # 3 + 1 and 2 + 2
        ([1, 1, 1, 5], 2, 6),  # the long one comes last: 1 + 5
        ([2, 3], 8, 3),
        ([4, 1, 2], 1, 7),
        ([], 3, 0),
    ],
)
def test_each_core_takes_the_next_job_once_it_is_free(jobs, cores, end):
    assert plan.schedule(jobs, cores) == end


def test_a_study_is_the_sum_of_its_runs(project, machine):
    study = open_study("tiny")
    costs = [plan.cost_of(study, run, machine) for run in study.runs()]
    found = plan.forecast(study, machine, cores=3)
    assert (found.runs, found.jobs, found.unknown, found.cores) == (8, 8, 0, 3)
    assert found.core_hours * 3600 == pytest.approx(sum(c.seconds for c in costs))
    longest = max(cost.seconds for cost in costs)
    assert found.longest_hours * 3600 == pytest.approx(longest)
    assert found.disk == sum(cost.disk for cost in costs)
    dearest = sorted(cost.memory for cost in costs)[-3:]
    assert found.peak_memory == sum(dearest)
    assert found.job_memory == dearest[-1]
    assert found.core_hours / 3 < found.wall_hours < found.core_hours


def test_a_run_that_arms_share_is_counted_once(project, machine):
    project.edit("studies/tiny.yaml", "[300, 300]", "[100, 100]")
    assert plan.forecast(open_study("tiny"), machine, 1).jobs == 4


def test_the_compiler_is_paid_once_for_each_shape(project, monkeypatch, machine):
    study = open_study("tiny")
    before = plan.forecast(study, machine, 1).core_hours
    of_cohort = plan.of_cohort
    monkeypatch.setattr(
        plan,
        "of_cohort",
        lambda *given: of_cohort(*given)._replace(compile_seconds=36.0),
    )
    # Two tasks and two arms; the second seed of each finds the compiler's cache.
    found = plan.forecast(study, machine, 1).core_hours
    assert found - before == pytest.approx(4 * 36 / 3600)


def test_in_cohorts_on_a_cpu_only_the_start_is_saved(project, machine):
    study = open_study("tiny")
    alone = plan.forecast(study, machine, 1)
    found = plan.forecast(study, machine, 1, cohort=2)
    assert (found.runs, found.jobs) == (8, 4)
    saved = (alone.core_hours - found.core_hours) * 3600
    assert saved == pytest.approx(4 * machine.start_seconds)
    assert found.disk == alone.disk


def test_runs_of_baselines_are_counted_and_not_predicted(project, machine):
    project.write(
        "recipes/sb3-sac.yaml",
        (plan_recipes() / "sb3-sac.yaml").read_text(encoding="utf-8"),
    )
    project.edit(
        "studies/tiny.yaml",
        "  wide:",
        "  sac: {recipe: sb3-sac, label: SAC}\n  wide:",
    )
    study = open_study("tiny")
    found = plan.forecast(study, machine, 1)
    assert (found.jobs, found.unknown) == (12, 4)


def plan_recipes():
    from mpo_repro.config.files import CHECKOUT

    return CHECKOUT / "paper_configs" / "recipes"
