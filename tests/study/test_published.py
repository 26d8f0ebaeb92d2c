"""Published tables become run folders again, and those the same tables."""

import json

import pytest

from mpo_repro.analysis.collect import collect
from mpo_repro.config.run_spec import RUNS
from mpo_repro.study import open_study, published, status

TABLES = ("runs", "curves", "diagnostics", "timing")


@pytest.fixture
def study(make, tmp_path, monkeypatch):
    """A study whose last run is missing, published in `reports`."""
    monkeypatch.chdir(tmp_path)
    made = make.write_study(tmp_path)
    for run in made.own_runs()[:-1]:
        make.write_run(tmp_path, run)
    collect(made, tmp_path / "reports")
    return made


def contents(folder):
    return {name: (folder / "data" / f"{name}.parquet").read_bytes() for name in TABLES}


def test_they_give_the_same_tables(study, tmp_path):
    there = tmp_path / "elsewhere"
    assert published.restore([tmp_path / "reports"], there) == (11, 11)
    collect(study, there / "results", there)
    assert contents(there / "results") == contents(tmp_path / "reports")


def test_what_is_restored_is_done(study, tmp_path):
    there = tmp_path / "elsewhere"
    published.restore([tmp_path / "reports"], there)
    states = [found.state for found in status.look(open_study("made"), there)]
    assert states == [status.DONE] * 11 + [status.WAITING]


def test_a_study_with_a_shorter_budget_needs_no_training(study, make, tmp_path):
    there = tmp_path / "elsewhere"
    published.restore([tmp_path / "reports"], there)
    short = make.write_study(tmp_path, name="short", steps=50_000)
    assert all((there / run.marker).is_file() for run in short.own_runs()[:-1])


def test_a_run_that_is_there_stays(study, tmp_path):
    there = tmp_path / "elsewhere"
    folder = there / study.own_runs()[0].folder
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    assert published.restore([tmp_path / "reports"], there) == (10, 11)
    assert [path.name for path in folder.iterdir()] == ["run.json"]


def test_of_a_run_in_two_studies_the_longest(make, study, tmp_path):
    short = make.write_study(tmp_path, name="short", steps=50_000)
    collect(short, tmp_path / "reports" / "parts" / "short")
    there = tmp_path / "elsewhere"
    published.restore([tmp_path / "reports"], there)
    run = study.own_runs()[0]
    assert (there / run.marker).is_file()
    assert json.loads((there / run.folder / "run.json").read_text())["steps"] == 100_000


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="collect first"):
        published.restore([tmp_path])
    assert not (tmp_path / RUNS).exists()
