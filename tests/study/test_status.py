"""Where runs stand, from files written by hand."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from mpo_repro.config import load_study
from mpo_repro.runs import layout
from mpo_repro.study import status

NOW = 1_000_000.0


@pytest.fixture
def study(project):
    """The study `tiny`: two tasks, seeds 0 and 7, arms paper and wide, 3000 steps."""
    return load_study("tiny")


def write(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content))


def write_curve(folder, rows):
    columns = ["environment_steps", "kind", "episode", "episode_return"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "curve.parquet")


def touch(folder, seconds_ago):
    for path in folder.rglob("*"):
        os.utime(path, (NOW - seconds_ago,) * 2)


def first(study):
    """The state of the first run, and the others', which wait."""
    states = status.look(study, now=NOW)
    assert {state.state for state in states[1:]} == {status.WAITING}
    return states[0]


@pytest.fixture
def folder(study):
    return study.runs()[0].folder


NOT_ENDED = {"ended": "failed", "reason": layout.NOT_ENDED}


def test_nothing_there_means_waiting(study):
    states = status.look(study, now=NOW)
    assert len(states) == 8
    assert {(state.state, state.steps) for state in states} == {("waiting", 0)}
    assert status.summarise(study, states) == (0, 8, 0, 24_000, None)


def test_a_finished_run_shows_its_last_evaluation(study, folder):
    marker = {"steps": 3000, "finished": True}
    write(folder, "steps-3000.done.json", marker)
    write_curve(
        folder,
        [
            (1000, "sampled", 0, 1.0),
            (3000, "sampled", 0, 30.0),
            (3000, "sampled", 1, 50.0),
            (3000, "mean", 0, 900.0),
        ],
    )
    state = first(study)
    assert (state.state, state.steps, state.episode_return) == ("done", 3000, 40.0)


@pytest.mark.parametrize(("steps", "expected"), [(2000, "waiting"), (9000, "done")])
def test_a_marker_counts_if_it_reaches_the_budget(study, folder, steps, expected):
    write(folder, f"steps-{steps}.done.json", {"steps": steps, "finished": True})
    write(folder, "run.json", {"ended": "completed", "reason": None})
    assert first(study).state == expected


def test_a_running_run_shows_steps_speed_and_time_left(study, folder):
    write(folder, "run.json", NOT_ENDED)
    (folder / "checkpoint").mkdir()
    facts = json.dumps({"environment_steps": 1000, "seconds": 20.0})
    path = folder / "checkpoint" / "state-3.safetensors"
    save_file({"x": np.zeros(1, np.float32)}, path, {"facts": facts})
    rows = [(100 * i, "behaviour", i, float(i)) for i in range(10)]
    write_curve(folder, [*rows, (500, "mean", 0, 1e6)])
    touch(folder, 10)
    state = first(study)
    assert state[3:] == ("running", 1000, 3000, 5.5, 50.0, 40.0, "")
    states = status.look(study, now=NOW)
    assert status.summarise(study, states) == (0, 8, 1000, 24_000, 23_000 / 50)


def test_without_a_checkpoint_the_timing_table_says_how_far_it_is(study, folder):
    write(folder, "run.json", NOT_ENDED)
    columns = {"environment_steps": [600, 1200], "wall_seconds": [3.0, 6.0]}
    pd.DataFrame(columns).to_parquet(folder / "timing.parquet")
    touch(folder, 10)
    state = first(study)
    assert (state.steps, state.steps_per_second) == (1200, 200.0)


def test_files_that_are_half_written_or_damaged_are_passed_over(study, folder):
    write(folder, "run.json", NOT_ENDED)
    (folder / "checkpoint").mkdir()
    for name in ("checkpoint/state-1.safetensors", "curve.parquet", "timing.parquet"):
        (folder / name).write_bytes(b"half")
    write(folder, "steps-3000.done.json", ["no mapping"])
    touch(folder, 10)
    assert first(study)[3:] == ("running", 0, 3000, None, None, None, "")


@pytest.mark.parametrize(("silent", "expected"), [(299, "running"), (301, "stalled")])
def test_a_run_that_gives_no_sign_has_stalled(study, folder, silent, expected):
    write(folder, "run.json", NOT_ENDED)
    touch(folder, silent)
    state = first(study)
    assert state.state == expected
    assert ("5 minutes" in state.reason) == (expected == "stalled")


@pytest.mark.parametrize(
    ("ended", "reason", "expected"),
    [
        ("failed", "OSError: disk full", ("failed", "OSError: disk full")),
        ("diverged", "Q has diverged", ("failed", "Q has diverged")),
        ("interrupted", "asked to stop", ("interrupted", "")),
        ("completed", None, ("waiting", "")),
    ],
)
def test_run_json_says_how_it_ended(study, folder, ended, reason, expected):
    write(folder, "run.json", {"ended": ended, "reason": reason})
    state = first(study)
    assert (state.state, state.reason) == expected


def test_what_arms_share_is_counted_once(project):
    project.edit("studies/tiny.yaml", "Wide\n    set: {policy.hidden: [300, 300]}", "A")
    study = load_study("tiny")
    states = status.look(study, now=NOW)
    assert len(states) == 8
    assert status.summarise(study, states)[1:4] == (4, 0, 12_000)
