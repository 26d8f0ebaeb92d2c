"""The tables of speed, from measurements made up for the purpose."""

import json

import pytest

from mpo_repro.report import speed

TIMES = {"median_ms": 8.0, "p10_ms": 7.5, "p90_ms": 9.25}
FOUND = {
    "machine": {"processor": "A processor", "cores": 2},
    "versions": {"torch": "2.13.0", "mujoco": "3.6.0", "another": "1"},
    "updates": {
        "command": "compare",
        "rivals": {
            "ours": TIMES | {"label": "ours", "times_ours": 1.0},
            "rlox": TIMES | {"label": "rlox", "version": "1.2.0", "times_ours": 4.5},
        },
    },
    "environments": {
        "command": "environments",
        "environments": 8,
        "tasks": {
            "cheetah-run": {
                "median_ms": 0.012,
                "limit_ms": 0.01,
                "plain_median_ms": 0.04,
            }
        },
    },
    "run": {
        "command": "run",
        "task": "cheetah-run",
        "steps": 100000,
        "updates": 12375,
        "seconds": 100.0,
        "learning_seconds": 80.0,
        "acting_seconds": 12.0,
        "evaluating_seconds": 4.0,
        "saving_seconds": 0.5,
        "limit_seconds": 33.0,
    },
    "scaling": {
        "command": "scaling",
        "processes": 2,
        "alone_ms": 8.0,
        "together_ms": 8.4,
        "loss": 0.05,
    },
    "cohorts": [
        {
            "command": "cpu",
            "device": "cpu",
            "cohorts": {"4": TIMES | {"per_run_ms": 2.0, "updates_per_second": 125.0}},
        },
        {"command": "cuda", "device": "cuda"},
    ],
    "workflow": [{"command": "dry", "runs": 20000, "seconds": 61.24}],
    "plan": {
        "command": "plan",
        "study": "quick",
        "cores": 2,
        "runs": 16,
        "planned_seconds": 540.4,
        "trained_seconds": 517.2,
        "seconds": 532.0,
        "ratio": 1.045,
    },
}


@pytest.fixture(scope="module")
def tables():
    return {"; ".join(table.commands): table for table in speed.tables(FOUND)}


def test_each_row_has_a_cell_for_each_heading(tables):
    assert len(tables) == 7
    for table in tables.values():
        assert table.title and table.rows
        assert {len(row) for row in table.rows} == {len(table.head)}


def test_numbers_stand_in_units_that_can_be_read(tables):
    assert tables["compare"].rows[1] == ("rlox 1.2.0", "8.00", "7.50 to 9.25", "4.50")
    assert tables["environments"].rows == [
        ("cheetah-run", "12.0", "10.0", "40.0", "1.20")
    ]
    assert tables["scaling"].rows == [("2", "8.00", "8.40", "5.0%")]
    assert tables["dry"].rows == [("20,000", "61.2")]
    assert tables["plan"].rows == [("16", "2", "540", "517", "1.04")]


def test_what_was_not_measured_is_left_out():
    older = {key: value for key, value in FOUND.items() if key != "plan"}
    titles = [table.title for table in speed.tables(older)]
    assert titles == [table.title for table in speed.tables(FOUND)][:-1]


def test_what_is_left_of_a_run_is_told(tables):
    shares = {row[0]: row[2] for row in tables["run"].rows}
    assert shares["learning"] == "80.0%"
    assert shares["start and checks"] == "3.5%"
    assert shares["all"] == "100.0%"
    assert shares["matrix products of the updates alone"] == "33.0%"


def test_what_was_not_measured_says_so(tables):
    cpu, cuda = tables["cpu; cuda"].rows
    assert cpu == ("cpu", "4", "8.00", "2.00", "125.0")
    assert cuda == ("cuda", *["not measured"] * 4)


def test_the_machine_is_named_with_what_counts():
    said = speed.machine(FOUND)
    assert said == "A processor, 2 cores; torch 2.13.0, mujoco 3.6.0"


def test_without_measurements_there_is_no_section(tmp_path):
    path = tmp_path / speed.FILE
    assert speed.section(path) is None
    path.write_text(json.dumps(FOUND))
    assert len(speed.section(path)["tables"]) == len(speed.tables(FOUND))
