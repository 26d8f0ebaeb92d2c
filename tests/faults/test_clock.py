"""A clock that is set while a run trains changes nothing but the times it tells."""

import itertools
import json
import time

import pandas as pd
import pytest
import small

from mpo_repro.config import load_study
from mpo_repro.runs import layout
from mpo_repro.study import status
from mpo_repro.training import cohort, process

YEAR = 365 * 24 * 3600.0
# Seconds by which the clock is set, one call after the other.
JUMPS = {
    "to and fro": [3600.0, -7200.0, 0.0, YEAR, -YEAR, 1.0],
    "to 1970": [None],
}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """The tables of the run that nobody disturbs."""
    folder = tmp_path_factory.mktemp("quiet")
    process.train(small.plan(), folder)
    return small.tables(folder)


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS)
def test_a_clock_that_jumps_changes_no_byte(tmp_path, monkeypatch, quiet, jumps):
    real, offsets = time.time, itertools.cycle(jumps)

    def jumping():
        offset = next(offsets)
        return 0.0 if offset is None else real() + offset

    monkeypatch.setattr(time, "time", jumping)
    monkeypatch.setattr(time, "time_ns", lambda: int(1e9 * jumping()))
    monkeypatch.setattr(cohort, "CHECKPOINT_SECONDS", 0.05)
    process.train(small.plan(), tmp_path / "run")
    assert small.tables(tmp_path / "run") == quiet
    assert json.loads((tmp_path / "run/run.json").read_text())["ended"] == "completed"
    timing = pd.read_parquet(tmp_path / "run" / "timing.parquet")
    assert timing.wall_seconds.is_monotonic_increasing
    assert timing.wall_seconds.between(0, 600).all()


@pytest.mark.parametrize("now", [0.0, 1e12])
def test_a_status_at_a_wrong_time_is_told_all_the_same(project, now):
    study = load_study("tiny")
    folder = project.root / study.runs()[0].folder
    folder.mkdir(parents=True)
    about = {"ended": "failed", "reason": layout.NOT_ENDED}
    (folder / "run.json").write_text(json.dumps(about))
    first, *rest = status.look(study, project.root, now)
    assert first.state in (status.RUNNING, status.STALLED)
    assert {run.state for run in rest} == {status.WAITING}
