"""The markers of finished budgets: writing, reading, and taking them back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mpo_repro.runs import layout, tables
from mpo_repro.runs.sealed import (
    MISMATCH,
    DamagedRunError,
    read_sealed,
    write_sealed,
)

STEP = "environment_steps"


@dataclass(frozen=True)
class Marker:
    """What a marker says.

    Attributes:
      steps: the budget, environment steps.
      hash: of the recipe; None if the marker has none.
      end: the rows up to this environment step are covered; None without checksums.
      digests: of each table the checksum of those rows; empty without checksums.
    """

    steps: int
    hash: str | None
    end: int | None
    digests: Mapping[str, str]

    @property
    def verified(self) -> bool:
        """Whether the marker has checksums."""
        return self.end is not None

    def check(self, name: str, table: pd.DataFrame) -> None:
        """Compares a table with its checksum; without checksums nothing is compared.

        Args:
          name: a key of tables.TABLES.
          table: the rows of that table, at least as far as the marker reaches.

        Raises:
          DamagedRunError: naming the table's file.
        """
        if self.end is None:
            return
        covered = table[table[STEP] <= self.end]
        if tables.digest(name, covered) != self.digests[name]:
            raise DamagedRunError(f"{name}.parquet {MISMATCH}")


def write_markers(
    folder: Path, budgets: Iterable[int], run_hash: str, seed: int
) -> None:
    """Marks budgets as finished, with checksums of the tables as they lie there.

    Args:
      folder: the run folder, with its tables.
      budgets: environment steps.
      run_hash: the recipe's hash.
      seed: of the run.
    """
    found = {name: tables.read(folder, name) for name in tables.TABLES}
    ends = [int(table[STEP].max()) for table in found.values() if len(table)]
    digests = {name: tables.digest(name, table) for name, table in found.items()}
    about = {"hash": run_hash, "seed": seed, "finished": True}
    about |= {"end": max(ends, default=0), "rows": digests}
    for steps in budgets:
        write_sealed(layout.marker(folder, steps), about | {"steps": steps})


def read_marker(path: Path) -> Marker:
    """Reads a marker.

    Raises:
      DamagedRunError: if it is not what was written.
    """
    content, verified = read_sealed(path)
    steps = layout.budget(path)
    if content.get("finished") is not True or content.get("steps", steps) != steps:
        raise DamagedRunError(f"{path.name} is no marker of its budget")
    if not verified:
        return Marker(steps, content.get("hash"), None, {})
    return Marker(steps, content["hash"], content["end"], content["rows"])


def sound_markers(folder: Path, least: int = 0) -> tuple[list[Marker], list[str]]:
    """Reads the markers of a run folder.

    Args:
      folder: the run folder.
      least: markers of smaller budgets are not looked at, environment steps.

    Returns:
      Those that can be read, the smallest budget first, and what is wrong with others.
    """
    sound, wrong = [], []
    for path in layout.markers(folder):
        if layout.budget(path) < least:
            continue
        try:
            sound.append(read_marker(path))
        except FileNotFoundError:  # taken back at this moment
            continue
        except DamagedRunError as error:
            wrong.append(str(error))
    return sound, wrong


def choose(markers: Sequence[Marker], steps: int) -> Marker | None:
    """Chooses the marker that vouches for a budget: the nearest with checksums.

    Args:
      markers: of one run.
      steps: the budget, environment steps.

    Returns:
      A marker of at least this budget; None if there is none.
    """
    enough = [marker for marker in markers if marker.steps >= steps]
    return min(enough, key=lambda one: (not one.verified, one.steps), default=None)


def take_back(folder: Path, rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
    """Removes the markers of budgets that a run no longer holds in memory.

    A run whose checkpoint is older than its tables, or lost, makes rows again that are
    finished; until it gets there, it is a run that is not finished.

    Args:
      folder: the run folder.
      rows: of each table, the rows from which the run goes on.
    """
    held = {
        name: pd.DataFrame(rows[name], columns=list(columns)).astype(columns)
        for name, columns in tables.TABLES.items()
    }
    for marker in sound_markers(folder)[0]:
        try:
            for name, table in held.items():
                marker.check(name, table)
        except DamagedRunError:
            layout.marker(folder, marker.steps).unlink()
