"""The tidy tables of a study and the one way in which they are written.

The same rows give the same bytes: columns and types are fixed here, rows are sorted,
and nothing of the machine or the day goes into the file.
"""

from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mpo_repro.config.whole import write_whole
from mpo_repro.runs import tables as run_tables

_NAME = pa.dictionary(pa.int32(), pa.string())
_RUN = [("study", _NAME), ("task", _NAME), ("arm", _NAME), ("seed", pa.int64())]
_TYPES = {"int64": pa.int64(), "float64": pa.float64(), "str": _NAME}

RUNS = pa.schema(
    [
        *_RUN,
        ("label", pa.string()),
        ("hash", pa.string()),
        ("steps", pa.int64()),
        ("state", pa.string()),
        ("ended", pa.string()),
        ("reason", pa.string()),
        ("backend", pa.string()),
        ("execution_path", pa.string()),
        ("commit", pa.string()),
        ("python", pa.string()),
        ("recipe", pa.string()),
        ("versions", pa.string()),
        ("machine", pa.string()),
        ("changes", pa.string()),
        ("verified", pa.string()),
    ]
)
# Columns that tables of earlier versions do not have, and what stands for them.
LATER: dict[str, object] = {"changes": "", "verified": ""}


def _with_run(name: str) -> pa.Schema:
    """Returns the columns of a run folder's table, after those that name the run."""
    own = [(column, _TYPES[kind]) for column, kind in run_tables.TABLES[name].items()]
    return pa.schema([*_RUN, *own])


# The tables of a study: file name without ending -> columns and types.
STUDY = {
    "curves": _with_run("curve"),
    "diagnostics": _with_run("diagnostics"),
    "timing": _with_run("timing"),
    "runs": RUNS,
}
# What tells rows apart: two rows that agree in these are a mistake.
KEYS = {
    "curves": ["task", "arm", "seed", "environment_steps", "kind", "episode"],
    "diagnostics": ["task", "arm", "seed", "environment_steps", "name"],
    "timing": ["task", "arm", "seed", "environment_steps"],
    "runs": ["task", "arm", "seed"],
}


def assemble(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Puts the rows of all runs together in their fixed order.

    Args:
      name: a key of STUDY.
      parts: one table a run, with at least the columns of that table.

    Returns:
      The table with exactly the columns of STUDY[name], sorted by KEYS[name].
    """
    columns = STUDY[name].names
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat([part[columns] for part in parts], ignore_index=True)
    return table.sort_values(KEYS[name], kind="stable").reset_index(drop=True)


def write(table: pd.DataFrame, name: str, folder: Path) -> Path:
    """Writes a study's table as parquet; the same table gives the same bytes.

    Args:
      table: columns of STUDY[name].
      name: a key of STUDY; the file is <folder>/<name>.parquet.
      folder: made if it is not there.

    Returns:
      The file's path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Categories keep the order in which they were met; strings have none.
    plain = table.astype(
        {f.name: "object" for f in STUDY[name] if pa.types.is_dictionary(f.type)}
    )
    arrow = pa.Table.from_pandas(plain, schema=STUDY[name], preserve_index=False)
    path = folder / f"{name}.parquet"
    write = partial(
        pq.write_table,
        arrow.replace_schema_metadata(None),
        compression="zstd",
        compression_level=9,
        row_group_size=1 << 20,
        version="2.6",
    )
    write_whole(path, write)
    return path


def read(name: str, folder: Path) -> pd.DataFrame:
    """Reads a study's table.

    Args:
      name: a key of STUDY.
      folder: where <name>.parquet lies.

    Returns:
      The table; names are plain strings.

    Raises:
      FileNotFoundError: if the file is not there.
      ValueError: if a column is missing.
    """
    path, schema = folder / f"{name}.parquet", STUDY[name]
    if name != "runs":
        return run_tables.read_columns(path, schema)
    return run_tables.read_columns(path, schema, LATER)
