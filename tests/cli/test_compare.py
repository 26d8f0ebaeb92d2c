"""`mpo-repro compare`: what is the same, what is flagged."""

import shutil

import pandas as pd
import pytest

from mpo_repro.analysis import compare, results, tables
from mpo_repro.cli import app

RUNS = [("reacher-easy", "a", seed) for seed in range(6)]


def write(folder, **changes):
    """Leaves a collected study of six seeds; a change is a function of a row."""
    data = folder / "data"
    curves, runs = [], []
    for task, arm, seed in RUNS:
        names = {"study": "made", "task": task, "arm": arm, "seed": seed}
        for steps in (500, 1000):
            row = names | {"environment_steps": steps, "learner_updates": steps}
            row |= {"kind": "sampled", "episode": 0, "episode_return": 10.0 * seed}
            curves.append(row | changes.get("curve", lambda row: {})(row))
        row = names | dict.fromkeys(tables.RUNS.names[4:], "")
        row |= {"steps": 1000, "state": "finished", "versions": '{"torch": "2.13.0"}'}
        row |= {"machine": '{"cpu": "One", "cores": 2}', "label": "A"}
        runs.append(row | changes.get("run", lambda row: {})(row))
    empty = {
        name: tables.assemble(name, []).astype("float64").astype("object")
        for name in ("diagnostics", "timing")
    }
    for name, table in (
        ("curves", pd.DataFrame(curves)),
        ("runs", pd.DataFrame(runs)),
        *empty.items(),
    ):
        tables.write(table, name, data)
    (data / "study.json").write_text(
        '{"name": "made", "title": "T", "description": "", "tasks": ["reacher-easy"],'
        ' "seeds": [0], "steps": 1000, "evaluation": {"interval": 500, "episodes": 1},'
        ' "arms": {"a": {"label": "A", "recipe": "paper", "resolved": {}}}}'
    )
    return folder


@pytest.fixture
def told(tmp_path, capsys):
    """Compares a study with a changed one; gives the lines."""

    def call(**changes):
        first = write(tmp_path / "first")
        second = write(tmp_path / "second", **changes)
        with pytest.raises(SystemExit) as end:
            app.main(["compare", str(first), str(second)])
        assert not end.value.code
        return capsys.readouterr().out.splitlines()

    return call


def flagged(lines):
    return [line for line in lines if line.endswith("<- differs")]


def test_equal_studies_have_nothing_flagged(told):
    lines = told()
    assert "6 runs in both, 6 of them the same bit for bit" in lines
    assert "0 runs in the first only, 0 in the second" in lines
    assert not flagged(lines)


def test_one_other_number_is_named_with_its_step(told):
    def change(row):
        other = (row["seed"], row["environment_steps"]) == (3, 1000)
        return {"episode_return": 30.000001} if other else {}

    lines = told(curve=change)
    assert "6 runs in both, 5 of them the same bit for bit" in lines
    (line,) = flagged(lines)
    assert line.startswith("reacher-easy a seed 3: from step 1,000 on")


def test_other_versions_and_processors_are_flagged(told):
    other = {"versions": '{"torch": "2.14.0"}', "machine": '{"cpu": "Two", "cores": 2}'}
    torch, machine = flagged(told(run=lambda row: other))
    assert torch.split() == ["torch", "2.13.0", "/", "2.14.0", "<-", "differs"]
    assert "One" in machine
    assert "Two" in machine


def test_scores_apart_are_flagged_and_runs_missing_counted(told, tmp_path):
    lines = told(curve=lambda row: {"episode_return": 900.0 + row["seed"]})
    last = flagged(lines)[-1]
    # All of six above all of six others: 2 of the 924 ways to part twelve.
    assert last.startswith("reacher-easy a: 25.0 (n 6) / 902.5 (n 6), p 0.00216")
    first = results.load(tmp_path / "first")
    assert len(compare.finished(first)) == 6


def test_a_longer_run_may_agree_as_far_as_both_go(told):
    # The second study evaluated once more, beyond the first one's end.
    def later(row):
        return {"environment_steps": 1500} if row["environment_steps"] == 1000 else {}

    lines = told(curve=later)
    assert len(flagged(lines)) == 6  # the evaluation at 1,000 is missing there


def test_what_is_no_report_is_refused(tmp_path, capsys):
    write(tmp_path / "first")
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    (tmp_path / "second" / "data" / "study.json").unlink()
    with pytest.raises(SystemExit) as end:
        app.main(["compare", str(tmp_path / "first"), str(tmp_path / "second")])
    assert end.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
