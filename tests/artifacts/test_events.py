"""Events for TensorBoard hold what the tables hold, each row once."""

import pandas as pd
import pytest

from mpo_repro.artifacts import events

pytest.importorskip("tensorboard")

COLUMNS = ["environment_steps", "kind", "episode", "episode_return"]
ROWS = [
    (900, "behaviour", 0, 5.0),
    (1000, "mean", 0, 10.0),
    (1000, "mean", 1, 20.0),
    (1900, "behaviour", 1, 7.0),
]


def write(folder, rows):
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows, columns=COLUMNS).to_parquet(folder / "curve.parquet")


def scalars(folder):
    """All events of a run: tag -> pairs of step and value."""
    from tensorboard.backend.event_processing import event_accumulator

    found = event_accumulator.EventAccumulator(str(folder / events.FOLDER)).Reload()
    tags = found.Tags()["scalars"]
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in tags}


WHOLE = {"return/behaviour": [(900, 5.0), (1900, 7.0)], "return/mean": [(1000, 15.0)]}


def test_rows_that_are_added_later_are_written_once(tmp_path, monkeypatch):
    run = tmp_path / "run"
    made = events.Events(run)
    made.follow()  # there is no table yet
    write(run, ROWS[:3])
    made.follow()
    made.follow()
    write(run, ROWS)
    made.close()
    assert scalars(run) == WHOLE


def test_a_resumed_run_has_no_event_twice(tmp_path):
    write(tmp_path, ROWS)
    for _ in range(2):
        events.Events(tmp_path).close()
    assert scalars(tmp_path) == WHOLE


def test_every_table_has_its_tags(tmp_path):
    diagnostics = {"environment_steps": [1000], "name": ["temperature"], "value": [0.5]}
    pd.DataFrame(diagnostics).to_parquet(tmp_path / "diagnostics.parquet")
    speeds = {"steps_per_second": [100.0], "updates_per_second": [25.0]}
    timing = {"environment_steps": [1000], "wall_seconds": [10.0]} | speeds
    pd.DataFrame(timing).to_parquet(tmp_path / "timing.parquet")
    events.Events(tmp_path).close()
    assert scalars(tmp_path) == {
        "diagnostics/temperature": [(1000, 0.5)],
        "speed/environment steps": [(1000, 100.0)],
        "speed/updates": [(1000, 25.0)],
    }


def test_without_the_package_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(events, "find_spec", lambda name: None)
    with pytest.raises(events.MissingTensorboardError, match="pip install"):
        events.Events(tmp_path)
    assert list(tmp_path.iterdir()) == []
