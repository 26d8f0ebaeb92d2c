"""A run folder is read whole, or refused with state and reason."""

import json

import pandas as pd
import pytest

from mpo_repro.analysis.run_folder import UnusableRunError, read_run


@pytest.fixture
def run(study):
    """The first run that the study plans."""
    return study.runs()[0]


def read(root, run, steps=None):
    """Reads the run's folder up to its budget."""
    folder = root / run.folder
    return read_run(folder, run.task, run.seed, run.hash, steps or run.steps)


def refusal(root, run):
    """Reads the run, which must be refused; returns state and reason."""
    with pytest.raises(UnusableRunError) as caught:
        read(root, run)
    return caught.value.state, str(caught.value)


def edit(folder, name, change):
    """Rewrites a table of the folder."""
    path = folder / f"{name}.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def test_a_finished_run_is_read(make, root, run):
    make.write_run(root, run)
    found = read(root, run)
    assert found.details["seed"] == run.seed
    assert found.curve["environment_steps"].max() == 100_000
    assert len(found.curve) == 100 + 2 * 10 * 4


def test_a_longer_run_is_cut_at_the_budget(make, root, run):
    make.write_run(root, run, steps=150_000)
    found = read(root, run)
    for table in (found.curve, found.diagnostics, found.timing):
        assert table["environment_steps"].max() == 100_000


def test_a_budget_between_two_evaluations_is_reached(make, root, run):
    make.write_run(root, run, steps=105_000)
    found = read(root, run, steps=105_000).curve.query("kind == 'sampled'")
    assert found["environment_steps"].max() == 100_000


def test_the_last_step_of_parallel_environments_belongs_to_the_budget(make, root, run):
    folder = make.write_run(root, run)
    edit(folder, "curve", lambda t: t.assign(environment_steps=t.environment_steps + 3))
    assert read(root, run).curve["environment_steps"].max() == 100_003


def test_a_run_that_is_not_there(root, run):
    assert refusal(root, run) == ("missing", "no run folder")


def test_a_run_that_only_began(root, run):
    (root / run.folder).mkdir(parents=True)
    assert refusal(root, run) == ("unfinished", "no run.json yet")


def test_a_run_that_was_interrupted_says_how_far_it_came(make, root, run):
    folder = make.write_run(root, run, steps=60_000)
    path = folder / "run.json"
    ended = {"ended": "interrupted", "reason": "asked to stop"}
    path.write_text(json.dumps(json.loads(path.read_text()) | ended))
    assert refusal(root, run) == (
        "unfinished",
        "reached 60,000 of 100,000 steps; interrupted: asked to stop",
    )


def test_a_marker_of_another_run_does_not_count(make, root, run):
    folder = make.write_run(root, run)
    marker = {"steps": 100_000, "hash": "another", "finished": True}
    (folder / "steps-100000.done.json").write_text(json.dumps(marker))
    assert refusal(root, run)[0] == "unfinished"


def test_another_hash_or_seed_is_refused(make, root, run):
    path = make.write_run(root, run) / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": 9}))
    assert refusal(root, run) == ("broken", "run.json says seed 9, expected 0")


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("curve", lambda t: pd.concat([t, t.tail(1)]), "one episode twice"),
        ("curve", lambda t: t.assign(episode_return=float("inf")), "not finite"),
        ("curve", lambda t: t.assign(kind="lucky"), "unknown kinds lucky"),
        ("curve", lambda t: t[t["kind"] == "mean"], "no evaluation with sampled"),
        ("curve", lambda t: t.drop(columns="kind"), "has no column kind"),
        (
            "curve",
            lambda t: t[t["environment_steps"] < 90_000],
            "ends at 80,000 of 100,000 steps",
        ),
        ("diagnostics", lambda t: pd.concat([t, t.head(1)]), "one value twice"),
        ("timing", lambda t: pd.concat([t, t.head(1)]), "one moment twice"),
    ],
)
def test_tables_that_cannot_be_right_are_refused(make, root, run, name, change, reason):
    edit(make.write_run(root, run), name, change)
    state, text = refusal(root, run)
    assert state == "broken"
    assert reason in text


@pytest.mark.parametrize("name", ["curve", "diagnostics", "timing"])
def test_a_table_that_is_not_there_is_refused(make, root, run, name):
    (make.write_run(root, run) / f"{name}.parquet").unlink()
    assert refusal(root, run) == ("broken", f"no file {name}.parquet")


@pytest.mark.parametrize("text", ["{", "[]"])
def test_an_unreadable_run_json_is_refused(make, root, run, text):
    (make.write_run(root, run) / "run.json").write_text(text)
    state, reason = refusal(root, run)
    assert state == "broken"
    assert reason.startswith("run.json")
