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

_NAME = pa.dictionary(pa.int32(), pa.string())
_RUN = [("study", _NAME), ("task", _NAME), ("arm", _NAME), ("seed", pa.int64())]
_PROGRESS = [("environment_steps", pa.int64()), ("learner_updates", pa.int64())]

# What a run folder must hold, column by column: curve.parquet and its neighbours.
CURVE = pa.schema(
    [
        *_PROGRESS,
        ("kind", _NAME),
        ("episode", pa.int64()),
        ("episode_return", pa.float64()),
    ]
)
DIAGNOSTICS = pa.schema([*_PROGRESS, ("name", _NAME), ("value", pa.float64())])
TIMING = pa.schema(
    [
        *_PROGRESS,
        ("wall_seconds", pa.float64()),
        ("updates_per_second", pa.float64()),
        ("steps_per_second", pa.float64()),
    ]
)

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
    ]
)

# The tables of a study: file name without ending -> columns and types.
STUDY = {
    "curves": pa.schema([*_RUN, *CURVE]),
    "diagnostics": pa.schema([*_RUN, *DIAGNOSTICS]),
    "timing": pa.schema([*_RUN, *TIMING]),
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
    return read_columns(folder / f"{name}.parquet", STUDY[name])


def read_columns(path: Path, schema: pa.Schema) -> pd.DataFrame:
    """Reads a parquet file with the columns and types that are expected of it.

    Args:
      path: the file.
      schema: columns to take; others are left aside.

    Returns:
      The table, one pandas column per field; names are plain strings.

    Raises:
      FileNotFoundError: if the file is not there.
      ValueError: if it is no parquet file, or a column is missing or of a type that
        cannot be turned into the expected one.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no file {path.name}")
    try:
        found = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
    missing = [name for name in schema.names if name not in found.column_names]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}")
    plain = [
        pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
        for f in schema
    ]
    try:
        table = found.select(schema.names).cast(pa.schema(plain))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return table.to_pandas()
