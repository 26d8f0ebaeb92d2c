"""Counts of runs, time and machines."""

import dataclasses
import json

import pytest

from mpo_repro.report import provenance


def test_finished_and_planned_runs_are_counted(results):
    assert provenance.count_runs(results) == [("MPO", 5, 6), ("wider bound", 6, 6)]


def test_hours_are_the_sum_over_runs(results):
    rows = {row.label: row for row in provenance.time_table(results)}
    assert list(rows) == ["MPO", "wider bound", "all"]
    seconds = results.run_seconds["seconds"]
    assert rows["all"].runs == 11
    assert float(rows["all"].hours) == pytest.approx(seconds.sum() / 3600, abs=0.006)
    assert float(rows["all"].rate) == pytest.approx(
        (100_000 / seconds).median(), abs=0.51
    )


def test_steps_per_second_are_of_each_run_s_own_budget(uneven):
    runs = uneven.run_seconds
    assert set(runs.groupby("task")["steps"].unique().map(tuple).items()) == {
        ("cartpole-swingup", (100_000,)),
        ("walker-walk", (250_000,)),
    }
    rows = {row.label: row for row in provenance.time_table(uneven)}
    expected = (runs["steps"] / runs["seconds"]).median()
    assert float(rows["all"].rate) == pytest.approx(expected, abs=0.51)


def test_versions_that_differ_between_runs_are_all_named(results):
    results.runs.loc[1, "versions"] = json.dumps({"torch": "2.14.0"})
    assert dict(provenance.versions(results)) == {
        "mujoco": "3.17.0",
        "torch": "2.13.0, 2.14.0",
    }


def test_machines_are_described_in_a_line_with_their_runs(results):
    finished = results.runs.index[results.runs["state"] == "finished"]
    results.runs.loc[finished[0], "machine"] = ""
    assert provenance.machines(results) == [
        ("cores: 2; cpu: A processor; system: Linux", 10),
        ("not recorded", 1),
    ]


def test_missing_runs_are_grouped_and_none_is_dropped(results):
    lost = results.runs["seed"] > 0
    states = results.runs["state"].where(~lost, "failed")
    reasons = results.runs["reason"].where(~lost, None)
    runs = results.runs.assign(state=states, reason=reasons)
    found = provenance.missing(dataclasses.replace(results, runs=runs))
    seeds = [seed for row in found for seed in row["seeds"].split(", ")]
    assert len(seeds) == 9  # two of three of four arms, and the one without a folder
    assert {row["seeds"] for row in found} == {"0", "1, 2"}


def test_uncommitted_changes_and_missing_checksums_are_marked(results):
    runs = results.runs
    finished = runs.index[runs["state"] == "finished"]
    runs[["changes", "verified"]] = ""
    assert provenance.cautions(results) == []
    runs.loc[finished, "verified"] = "yes"
    runs.loc[finished[:2], "changes"] = "a1" * 32
    runs.loc[finished[2], ["changes", "verified"]] = ["b2" * 32, "no"]
    commit = runs.loc[finished[0], "commit"]
    assert provenance.cautions(results) == [
        f"2 runs of commit {commit} with uncommitted changes (SHA-256 {'a1' * 6}…).",
        f"1 run of commit {commit} with uncommitted changes (SHA-256 {'b2' * 6}…).",
        "1 run without checksums: unverified.",
    ]
