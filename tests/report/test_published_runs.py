"""Our arms beside published runs: the same steps, the same scale."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED
from mpo_repro.report.published_runs import beside

TASK, END = "cartpole-swingup", 100_000
THEIRS = published.scores(TASK, END)
# Each run's evaluations; what counts is the mean of those after 75,000 steps.
LATE = {75_000: 1e6, 80_000: -30.0, 90_000: 10.0, END: 20.0}
SCORES = {"above": THEIRS + 100, "few": THEIRS[:4], "same": THEIRS[::-1]}


def made(task: str) -> Results:
    runs = [
        {"task": task, "arm": arm, "seed": seed, "state": FINISHED, "score": score}
        for arm, scores in SCORES.items()
        for seed, score in enumerate(scores)
    ]
    curves = [
        run | {"kind": kind, "environment_steps": steps, "episode_return": value}
        for run in runs
        for steps, change in LATE.items()
        for kind, value in (("sampled", run["score"] + change), ("mean", 0.0))
    ]
    arms = {name: {"label": name.title()} for name in SCORES}
    study = {"name": "made", "tasks": [task], "steps": END, "arms": arms}
    empty = pd.DataFrame()
    return Results(
        Path(), study, pd.DataFrame(curves), empty, empty, pd.DataFrame(runs)
    )


def test_runs_are_averaged_over_the_steps_that_published_ones_are():
    found = beside([made(TASK)])["made"][TASK]
    assert found["published"]["mean"] == pytest.approx(THEIRS.mean())
    assert found["published"]["n"] == len(THEIRS) == 10
    for name, scores in SCORES.items():
        arm = found["arms"][name]
        assert (arm["label"], arm["n"]) == (name.title(), len(scores))
        assert arm["mean"] == pytest.approx(scores.mean())


def test_the_difference_is_ours_minus_published_and_needs_five_runs():
    arms = beside([made(TASK)])["made"][TASK]["arms"]
    assert arms["above"]["effect"] == pytest.approx(100)
    assert 0 < arms["above"]["effect_low"] < 100 < arms["above"]["effect_high"]
    assert arms["same"]["effect"] == pytest.approx(0, abs=1e-9)
    middle = np.mean([arms["same"]["effect_low"], arms["same"]["effect_high"]])
    assert middle == pytest.approx(0, abs=0.5)
    assert "effect" not in arms["few"]


def test_a_task_of_which_nothing_is_published_is_left_out():
    assert beside([made("Pendulum-v1")]) == {"made": {}}
