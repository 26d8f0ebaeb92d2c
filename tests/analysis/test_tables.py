"""Tables keep their types and give the same bytes for the same rows."""

import pandas as pd
import pytest

from mpo_repro.analysis import tables

ROWS = {
    "study": "s",
    "task": ["b", "a", "a"],
    "arm": "x",
    "seed": [0, 1, 0],
    "environment_steps": 10,
    "learner_updates": 1,
    "name": "stddev",
    "value": [0.1, 0.2, float("nan")],
}


def test_rows_come_back_sorted_and_typed(tmp_path):
    table = tables.assemble("diagnostics", [pd.DataFrame(ROWS)])
    tables.write(table, "diagnostics", tmp_path)
    found = tables.read("diagnostics", tmp_path)
    assert found["task"].tolist() == ["a", "a", "b"]
    assert found["seed"].tolist() == [0, 1, 0]
    assert found["seed"].dtype == "int64"
    assert found["value"].isna().tolist() == [True, False, False]


def test_order_of_arrival_and_index_do_not_change_the_bytes(tmp_path):
    rows = pd.DataFrame(ROWS)
    parts = [
        rows.iloc[[2]],
        rows.iloc[[0]],
        rows.iloc[[1]].astype({"task": "category"}),
    ]
    bytes_of = []
    for name, given in (("one", [rows]), ("two", parts)):
        table = tables.assemble("diagnostics", given)
        path = tables.write(table, "diagnostics", tmp_path / name)
        bytes_of.append(path.read_bytes())
    assert bytes_of[0] == bytes_of[1]


def test_no_rows_make_a_table_that_can_be_read(tmp_path):
    for name, schema in tables.STUDY.items():
        tables.write(tables.assemble(name, []), name, tmp_path)
        found = tables.read(name, tmp_path)
        assert list(found.columns) == schema.names
        assert found.empty


def test_missing_columns_and_foreign_files_are_named(tmp_path):
    pd.DataFrame({"value": [1.0]}).to_parquet(tmp_path / "timing.parquet")
    with pytest.raises(ValueError, match="has no column study, task"):
        tables.read("timing", tmp_path)
    (tmp_path / "curves.parquet").write_text("no parquet")
    with pytest.raises(ValueError, match=r"curves\.parquet cannot be read"):
        tables.read("curves", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no file runs\.parquet"):
        tables.read("runs", tmp_path)


def test_a_column_of_the_wrong_type_is_refused(tmp_path):
    wrong = {name: ["x"] for name in tables.STUDY["timing"].names}
    pd.DataFrame(wrong).to_parquet(tmp_path / "timing.parquet")
    with pytest.raises(ValueError, match="timing"):
        tables.read("timing", tmp_path)
