"""The checksum of a table's rows: it sees every value, and the order."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.runs import tables

STEP, TEXT = st.integers(0, 2**62), st.text(max_size=6)
VALUE = st.floats(allow_nan=False, width=64)
KINDS = {"int64": STEP, "str": TEXT, "float64": VALUE}


def rows(name):
    """Rows of a table."""
    columns = [KINDS[kind] for kind in tables.TABLES[name].values()]
    return st.lists(st.tuples(*columns), max_size=6)


def frame(name, values):
    columns = tables.TABLES[name]
    return pd.DataFrame(values, columns=list(columns)).astype(columns)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.mark.parametrize("name", tables.TABLES)
@given(draw=st.data())
def test_reading_gives_the_checksum_of_what_was_written(folder, name, draw):
    table = frame(name, draw.draw(rows(name)))
    table.to_parquet(tables.path(folder, name), index=False)
    read = tables.read(folder, name)
    assert tables.digest(name, read) == tables.digest(name, table)


@pytest.mark.parametrize("name", tables.TABLES)
@given(draw=st.data())
def test_other_rows_have_another_checksum(name, draw):
    first, second = draw.draw(rows(name)), draw.draw(rows(name))
    same = list(map(repr, first)) == list(map(repr, second))  # -0.0 is not 0.0
    digests = [tables.digest(name, frame(name, one)) for one in (first, second)]
    assert (digests[0] == digests[1]) == same


def test_appended_rows_that_are_cut_off_again_leave_the_checksum():
    first = [(10, 1, "mean", 0, 2.0), (20, 2, "mean", 1, 3.0)]
    longer = frame("curve", [*first, (30, 3, "sampled", 0, 4.0)])
    cut = longer[longer["environment_steps"] <= 20]
    assert tables.digest("curve", cut) == tables.digest("curve", frame("curve", first))


def test_a_file_that_is_no_parquet_is_named(folder):
    tables.path(folder, "curve").write_bytes(b"PAR1" + b"\x07" * 500 + b"PAR1")
    with pytest.raises(ValueError, match=r"curve\.parquet cannot be read"):
        tables.read(folder, "curve")
