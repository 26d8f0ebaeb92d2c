"""The run folder: schemas on disk, whole files, provenance."""

import json
from importlib import metadata

import pandas as pd
import pytest

from mpo_repro.training import run_folder

ROWS = {
    "curve": [(10, 1, "mean", 0, 2.0)],
    "diagnostics": [(10, 1, "temperature", 0.5)],
    "timing": [(10, 1, 2.0, 0.5, 5.0)],
}


def test_tables_have_their_columns_and_types_even_if_empty(tmp_path):
    for rows in (ROWS, {name: [] for name in ROWS}):
        run_folder.write_tables(tmp_path, rows)
        for name, columns in run_folder.TABLES.items():
            table = pd.read_parquet(tmp_path / f"{name}.parquet")
            types = {column: str(kind) for column, kind in table.dtypes.items()}
            assert types == columns
            assert [tuple(row) for row in table.itertuples(index=False)] == rows[name]


def test_equal_rows_give_equal_bytes_and_nothing_lies_beside(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        run_folder.write_tables(tmp_path / folder, ROWS)
    for name in run_folder.TABLES:
        first, second = (tmp_path / f / f"{name}.parquet" for f in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
    found = {path.name for path in (tmp_path / "a").iterdir()}
    assert found == {f"{name}.parquet" for name in run_folder.TABLES}


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    run_folder.write_tables(tmp_path, ROWS)

    def broken(self, target, **_):
        target.write_bytes(b"half a ")
        raise OSError("no space left")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", broken)
    with pytest.raises(OSError, match="no space"):
        run_folder.write_tables(tmp_path, {name: [] for name in ROWS})
    monkeypatch.undo()
    assert len(pd.read_parquet(tmp_path / "curve.parquet")) == 1


def test_provenance_names_versions_and_machine():
    told = run_folder.provenance()
    assert told["versions"]["torch"] == metadata.version("torch")
    packages = {*run_folder.PACKAGES, *run_folder.OPTIONAL}
    assert set(told["versions"]) == packages
    assert told["machine"]["cores"] >= 1
    assert told["machine"]["cpu"]
    json.dumps(told)
