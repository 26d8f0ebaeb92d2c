"""Which runs train together, and that everything else is as without cohorts."""

from mpo_repro.config import load_study
from mpo_repro.study import cohorts
from mpo_repro.study.jobs import plan_jobs


def test_runs_that_differ_in_numbers_or_seeds_go_together():
    runs = load_study("kl-bounds").runs()
    found = cohorts.cohorts(runs, 64)
    assert [len(part) for part in found.values()] == [45]
    assert [len(part) for part in cohorts.cohorts(runs, 10).values()] == [
        10,
        10,
        10,
        10,
        5,
    ]


def test_every_run_is_in_one_cohort_and_shapes_are_apart():
    runs = load_study("network-size").runs()
    found = cohorts.cohorts(runs, 64)
    assert sorted(run.marker for part in found.values() for run in part) == sorted(
        {run.marker for run in runs}
    )
    for part in found.values():
        assert len({(run.task, run.hash) for run in part}) == 1
        assert len(part) == 5  # the seeds


def test_baselines_train_alone():
    runs = load_study("baselines").runs()
    for part in cohorts.cohorts(runs, 64).values():
        assert len(part) == (5 if part[0].arm == "mpo" else 1)


def test_a_command_names_its_runs():
    part = next(iter(cohorts.cohorts(load_study("kl-bounds").runs(), 2).values()))
    assert cohorts.command("kl-bounds:paper", part, "cuda") == (
        "mpo-repro cohort --study kl-bounds:paper --task cartpole-swingup "
        f"--run {part[0].arm}/20 --run {part[1].arm}/21 --device cuda"
    )


def test_a_command_takes_a_path_in_place_of_the_study_s_where_it_has_one():
    runs = load_study("baselines").runs()
    for part in cohorts.cohorts(runs, 64).values():
        words = cohorts.command("baselines", part, "cpu", "plain")
        assert ("--execution plain" in words) == (part[0].arm == "mpo")


def test_runs_of_different_paths_do_not_go_together(project):
    parts = "parts:\n  tiny: {execution: plain}\narms:"
    whole = (project.root / "paper_configs/studies/tiny.yaml").read_text()
    whole = whole.replace("name: tiny", "name: whole").replace(
        "seeds: [0, 7]", "seeds: [5]"
    )
    project.write("studies/whole.yaml", whole.replace("arms:", parts))
    runs = load_study("whole").runs()
    for part in cohorts.cohorts(runs, 64).values():
        assert len({run.execution for run in part}) == 1


def test_jobs_ask_for_cohorts_only_where_there_are_some(project):
    alone, together = plan_jobs("tiny"), plan_jobs("tiny", 8)
    assert alone.trained == list(alone.markers)
    assert not alone.cohorts
    assert together.markers == alone.markers
    assert together.trained == [cohorts.marker(name) for name in together.cohorts]
    assert sum(map(len, together.cohorts.values())) == len(together.markers)
