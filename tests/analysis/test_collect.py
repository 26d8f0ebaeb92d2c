"""Collecting a study: every planned run is accounted for, bytes are stable."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from mpo_repro.analysis import tables
from mpo_repro.analysis.collect import collect
from mpo_repro.analysis.results import load
from mpo_repro.cli.app import build


def test_every_planned_run_has_a_row_and_its_reason(make, study, root):
    runs = study.runs()
    for run in runs[2:]:
        make.write_run(root, run)
    make.write_run(root, runs[1], steps=50_000)
    found = collect(study, root / "out", root)
    assert (found.finished, len(found.runs)) == (10, 12)
    assert found.unusable[["seed", "state", "reason"]].values.tolist() == [
        [0, "missing", "no run folder"],
        [1, "unfinished", "reached 50,000 of 100,000 steps; completed"],
    ]
    curves = tables.read("curves", root / "out" / "data")
    unusable = curves.query("task == @runs[0].task and arm == @runs[0].arm")
    assert unusable["seed"].unique().tolist() == [2]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ([], "plain"),
        ([{"from": "compiled", "to": "plain"}], "compiled, then plain"),
    ],
)
def test_a_run_s_execution_paths_are_named_in_turn(make, study, root, changes, paths):
    file = make.write_run(root, study.runs()[0]) / "run.json"
    about = json.loads(file.read_text()) | {"execution_changes": changes}
    file.write_text(json.dumps(about))
    found = collect(study, root / "out", root).runs
    assert found["execution_path"].iloc[0] == paths
    assert (found["execution_path"].iloc[1:] == "").all()


def test_rows_beyond_a_task_s_own_budget_are_left(make, root):
    study = make.write_study(root, task_steps={"walker-walk": 250_000})
    for run in study.runs():
        make.write_run(root, run, steps=300_000)
    found = collect(study, root / "out", root)
    budgets = {"cartpole-swingup": 100_000, "walker-walk": 250_000}
    assert found.finished == 12
    assert found.runs.groupby("task")["steps"].first().to_dict() == budgets
    curves = tables.read("curves", root / "out" / "data")
    ends = curves.groupby("task")["environment_steps"].max()
    assert ends.to_dict() == budgets


def test_only_the_runs_of_a_narrowed_arm_are_expected(make, root):
    side = make.ARMS["td"] | {"tasks": ["walker-walk"], "seeds": [1]}
    arms = {"reference": make.ARMS["reference"], "side": side}
    study = make.write_study(root, arms=arms)
    for run in study.runs():
        make.write_run(root, run)
    found = collect(study, root / "out", root)
    assert (found.finished, len(found.runs)) == (7, 7)


def test_the_rows_are_those_of_the_run_folders(make, study, root):
    for run in study.runs():
        make.write_run(root, run)
    collect(study, root / "out", root)
    results = load(root / "out")
    run = study.runs()[-1]
    given = pd.read_parquet(root / run.folder / "curve.parquet")
    rows = results.curves.query("arm == @run.arm and task == @run.task")
    rows = rows[rows["seed"] == run.seed]
    assert len(rows) == len(given)
    assert rows["episode_return"].sum() == pytest.approx(given["episode_return"].sum())
    assert results.tasks == study.tasks
    assert results.arms == tuple(study.arms)
    row = results.runs.query("arm == @run.arm and task == @run.task").iloc[0]
    assert json.loads(row["recipe"]) == run.recipe.model_dump(mode="json")
    assert (row["hash"], row["ended"]) == (run.hash, "completed")


def test_of_a_machine_only_what_says_nothing_of_its_place_is_collected(
    make, study, root
):
    run = study.runs()[0]
    path = make.write_run(root, run) / "run.json"
    machine = {
        "cpu": "A processor",
        "cores": 2,
        "system": "Linux-6.1.0-ahost-glibc2.36",
    }
    details = json.loads(path.read_text()) | {"machine": machine | {"node": "ahost"}}
    path.write_text(json.dumps(details))
    found = collect(study, root / "out", root).runs
    row = found[found["state"] == "finished"].iloc[0]
    assert json.loads(row["machine"]) == machine | {"system": "Linux"}


def test_arms_that_share_a_recipe_share_their_runs(make, root):
    arms = {"one": {"label": "one"}, "two": {"label": "two"}}
    study = make.write_study(root, arms=arms, tasks=["walker-walk"], seeds=[0])
    first, second = study.runs()
    assert first.folder == second.folder
    make.write_run(root, first)
    assert collect(study, root / "out", root).finished == 2


def test_same_folders_same_bytes(make, study, root):
    for run in study.runs():
        make.write_run(root, run)
    files = [collect(study, root / name, root).files for name in ("one", "two")]
    for one, two in zip(*files, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_seconds_of_a_run_are_its_last_clock(make, study, root):
    run = study.runs()[0]
    folder = make.write_run(root, run)
    collect(study, root / "out", root)
    clock = pd.read_parquet(folder / "timing.parquet")["wall_seconds"].max()
    assert load(root / "out").run_seconds["seconds"].tolist() == [clock]


def test_command_names_what_is_missing(make, study, root):
    for run in study.runs()[1:]:
        make.write_run(root, run)
    done = CliRunner().invoke(build(["collect"]), ["collect", "made"])
    assert done.exit_code == 0
    assert "missing: reference cartpole-swingup seed 0: no run folder" in done.output
    assert "11 of 12 runs -> results/made/data" in done.output


def test_command_fails_without_a_finished_run(study, root):
    done = CliRunner().invoke(build(["collect"]), ["collect", "made"])
    assert done.exit_code == 1
    assert load(root / "results" / "made").tasks == ()


def test_results_without_data_say_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="mpo-repro collect"):
        load(tmp_path)
