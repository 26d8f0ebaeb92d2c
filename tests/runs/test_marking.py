"""Markers: which one vouches for a budget, what it covers, when it is taken back."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.runs import layout, marking, reading, sealed, tables

SEED, HASH = 0, "0123456789ab"


def rows(end):
    """Rows of all tables, one each ten steps."""
    steps = range(10, end + 1, 10)
    return {
        "curve": [(step, step, "mean", 0, float(step)) for step in steps],
        "diagnostics": [(step, step, "loss", 1 / step) for step in steps],
        "timing": [(step, step, step / 7, 7.0, 7.0) for step in steps],
    }


def write(folder, end):
    for name, columns in tables.TABLES.items():
        table = pd.DataFrame(rows(end)[name], columns=list(columns)).astype(columns)
        table.to_parquet(tables.path(folder, name), index=False)


@pytest.fixture
def folder(tmp_path):
    """A run of 100 steps, finished for 40 and for 100."""
    for steps in (40, 100):
        write(tmp_path, steps)
        marking.write_markers(tmp_path, [steps], HASH, SEED)
    sealed.write_sealed(tmp_path / layout.RUN, {"hash": HASH, "seed": SEED})
    return tmp_path


MARKERS = st.lists(
    st.builds(
        marking.Marker,
        steps=st.integers(1, 50),
        hash=st.just(HASH),
        end=st.none() | st.just(1),
        digests=st.just({}),
    ),
    max_size=5,
)


@given(markers=MARKERS, steps=st.integers(1, 50))
def test_the_nearest_marker_with_checksums_vouches(markers, steps):
    enough = [marker for marker in markers if marker.steps >= steps]
    chosen = marking.choose(markers, steps)
    assert (chosen is None) == (not enough)
    if chosen:
        assert chosen in enough
        assert chosen.verified == any(marker.verified for marker in enough)
        alike = [one for one in enough if one.verified == chosen.verified]
        assert chosen.steps == min(one.steps for one in alike)


def test_both_budgets_stay_true(folder):
    sound, wrong = marking.sound_markers(folder)
    assert [(one.steps, one.end) for one in sound] == [(40, 40), (100, 100)]
    assert (wrong, reading.damage(folder)) == ([], [])
    assert [len(reading.read_table(folder, name)) for name in rows(0)] == [10] * 3


@pytest.mark.parametrize("held", [0, 30, 40, 90, 100, 200])
def test_markers_of_rows_that_are_made_again_are_taken_back(folder, held):
    marking.take_back(folder, rows(held))
    left = [layout.budget(path) for path in layout.markers(folder)]
    assert left == [steps for steps in (40, 100) if steps <= held]


def test_a_marker_under_the_name_of_another_budget_is_refused(folder):
    layout.marker(folder, 100).rename(layout.marker(folder, 1000))
    with pytest.raises(sealed.DamagedRunError, match="no marker of its budget"):
        marking.read_marker(layout.marker(folder, 1000))


def test_a_row_of_a_finished_budget_that_changes_is_named(folder):
    path = tables.path(folder, "timing")
    table = pd.read_parquet(path)
    table.loc[9, "wall_seconds"] += 1e-9
    table.to_parquet(path, index=False)
    assert reading.damage(folder) == ["timing.parquet does not match its checksum"]
    marking.sound_markers(folder)[0][0].check("timing", table)  # 40 steps are whole


def test_what_is_older_than_checksums_is_counted(folder):
    assert reading.is_verified(folder)
    assert reading.count_unverified([folder, folder]) == 0
    older = {"steps": 100, "hash": HASH, "finished": True}
    layout.marker(folder, 100).write_text(json.dumps(older))
    assert reading.count_unverified([folder, folder]) == 1
    assert reading.count_unverified([folder / "none"]) == 0
