"""What training writes into a run folder, see `mpo_repro.runs`: tables, provenance.

Each file is written beside its place and renamed into it.
"""

import os
import platform
from contextlib import suppress
from functools import partial
from importlib import metadata
from pathlib import Path

import pandas as pd

from mpo_repro.config.whole import write_whole
from mpo_repro.runs.tables import TABLES, path
from mpo_repro.training import revision

PACKAGES = (
    "mpo-repro",
    "torch",
    "numpy",
    "mujoco",
    "dm-control",
    "envpool",
    "pandas",
    "pyarrow",
    "safetensors",
    "gymnasium",
    "Box2D",
)
OPTIONAL = ("stable-baselines3",)  # named where it is installed


def write_tables(folder: Path, rows: dict[str, list[tuple]]) -> None:
    """Writes the run's tables.

    Args:
      folder: the run folder.
      rows: for each name of TABLES, its rows in the order of its columns.
    """
    for name, columns in TABLES.items():
        table = pd.DataFrame(rows[name], columns=list(columns)).astype(columns)
        write_whole(path(folder, name), partial(table.to_parquet, index=False))


def provenance() -> dict:
    """Returns versions, machine, commit and changes, as they go into run.json."""
    return {
        "versions": _versions(),
        "python": platform.python_version(),
        "machine": {
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
        },
        **revision.code()._asdict(),
    }


def _versions() -> dict[str, str]:
    found = {name: metadata.version(name) for name in PACKAGES}
    for name in OPTIONAL:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()
