"""The tables of a run folder: columns, types, reading, the checksum of their rows."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# Of each table, its columns with their types, as pandas names them.
TABLES = {
    "curve": {
        "environment_steps": "int64",
        "learner_updates": "int64",
        "kind": "str",
        "episode": "int64",
        "episode_return": "float64",
    },
    "diagnostics": {
        "environment_steps": "int64",
        "learner_updates": "int64",
        "name": "str",
        "value": "float64",
    },
    "timing": {
        "environment_steps": "int64",
        "learner_updates": "int64",
        "wall_seconds": "float64",
        "updates_per_second": "float64",
        "steps_per_second": "float64",
    },
}
_ARROW = {"int64": pa.int64(), "float64": pa.float64(), "str": pa.string()}


def path(folder: Path, name: str) -> Path:
    """Returns the path of a table of a run folder; `name` is a key of TABLES."""
    return folder / f"{name}.parquet"


def read(folder: Path, name: str) -> pd.DataFrame:
    """Reads a table of a run folder; as `read_columns`."""
    columns = TABLES[name].items()
    schema = pa.schema([(column, _ARROW[kind]) for column, kind in columns])
    return read_columns(path(folder, name), schema)


def read_columns(
    path: Path, schema: pa.Schema, later: Mapping[str, object] = MappingProxyType({})
) -> pd.DataFrame:
    """Reads a parquet file with the columns and types that are expected of it.

    Args:
      path: the file.
      schema: columns to take; others are left aside.
      later: columns that may be missing, and the value that then stands in all rows.

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
        table = pq.read_table(path)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise ValueError(f"{path.name} cannot be read: {_line(error)}") from error
    absent = [name for name in schema.names if name not in table.column_names]
    missing = [name for name in absent if name not in later]
    if missing:
        raise ValueError(f"{path.name} has no column {', '.join(missing)}")
    plain = [
        pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
        for f in schema
    ]
    wanted = pa.schema([field for field in plain if field.name not in absent])
    try:
        made = table.select(wanted.names).cast(wanted).to_pandas()
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name}: {_line(error)}") from error
    made = made.assign(**{name: later[name] for name in absent})
    return made[schema.names]


def digest(name: str, table: pd.DataFrame) -> str:
    """Computes the SHA-256 of a table's rows, in their order.

    How a parquet file packs its rows does not enter, so that it is the same after rows
    were appended and cut off again.

    Args:
      name: a key of TABLES.
      table: at least the columns of that table.

    Returns:
      64 hexadecimal digits.
    """
    total = hashlib.sha256(f"{name} {len(table)}".encode())
    for column, kind in TABLES[name].items():
        total.update(f" {column} {kind} ".encode())
        if kind == "str":
            total.update(json.dumps(table[column].tolist()).encode())
        else:
            order = "<i8" if kind == "int64" else "<f8"
            total.update(table[column].to_numpy(order).tobytes())
    return total.hexdigest()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
