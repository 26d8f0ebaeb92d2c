"""What a run leaves on disk, and how it gets there whole.

    curve.parquet         a row per episode
    diagnostics.parquet   a row per diagnostic and evaluation
    timing.parquet        whatever depends on the clock
    run.json              settings, versions, machine, how the run ended
    steps-<n>.done.json   the marker of a finished budget
    checkpoint/           side state to resume from
    stopped/              the state in which numbers went wrong, for `mpo-repro inspect`
    .lock                 held while a process trains

Each file is written beside its place and renamed into it.
"""

import json
import os
import platform
import subprocess
from contextlib import suppress
from functools import partial
from importlib import metadata
from pathlib import Path

import pandas as pd

from mpo_repro.config.whole import sync, write_text, write_whole

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
CURVE = {
    "environment_steps": "int64",
    "learner_updates": "int64",
    "kind": "str",
    "episode": "int64",
    "episode_return": "float64",
}
DIAGNOSTICS = {
    "environment_steps": "int64",
    "learner_updates": "int64",
    "name": "str",
    "value": "float64",
}
TIMING = {
    "environment_steps": "int64",
    "learner_updates": "int64",
    "wall_seconds": "float64",
    "updates_per_second": "float64",
    "steps_per_second": "float64",
}
TABLES = {"curve": CURVE, "diagnostics": DIAGNOSTICS, "timing": TIMING}


def marker(folder: Path, steps: int) -> Path:
    """Returns the path of the marker that a budget of environment steps leaves."""
    return folder / f"steps-{steps}.done.json"


def write_tables(folder: Path, rows: dict[str, list[tuple]]) -> None:
    """Writes the run's tables.

    Args:
      folder: the run folder.
      rows: for each name of TABLES, its rows in the order of its columns.
    """
    for name, columns in TABLES.items():
        table = pd.DataFrame(rows[name], columns=list(columns)).astype(columns)
        path = folder / f"{name}.parquet"
        write = partial(table.to_parquet, index=False)
        write_whole(path, write)


def write_json(path: Path, content: dict) -> None:
    """Writes one JSON file."""
    text = json.dumps(content, indent=2, sort_keys=True) + "\n"
    write_text(path, text)
    sync(path.parent)


def provenance() -> dict:
    """Returns versions, machine and commit, as they go into run.json."""
    return {
        "versions": _versions(),
        "python": platform.python_version(),
        "machine": {
            "cpu": _cpu(),
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
        },
        "commit": _commit(),
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


def _commit() -> str | None:
    here = Path(__file__).parent
    command = ["git", "-C", str(here), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
