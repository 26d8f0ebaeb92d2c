"""Reading a run folder with its checksums."""

import functools
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mpo_repro.runs import layout, marking, recorded, tables
from mpo_repro.runs.sealed import DamagedRunError, read_sealed

UNVERIFIED = "unverified"  # key of run.json: restored from what had no checksums


class Details(NamedTuple):
    """run.json, and whether it has a checksum."""

    content: dict[str, Any]
    verified: bool


class Finished(NamedTuple):
    """What vouches for a budget.

    Attributes:
      marker: of that budget or a larger one; None if the run is not finished.
      wrong: what is wrong with markers that could not be read, a line each.
    """

    marker: marking.Marker | None
    wrong: list[str]


def read_details(folder: Path) -> Details:
    """Reads run.json and checks it; its recipe's hash is computed again.

    Raises:
      FileNotFoundError: if there is none.
      DamagedRunError: if it is not what was written.
    """
    content, verified = read_sealed(folder / layout.RUN)
    recorded.check_hash(content)
    return Details(content, verified and not content.get(UNVERIFIED))


def finished(folder: Path, steps: int, run_hash: str | None = None) -> Finished:
    """Looks for the marker that vouches for a budget.

    Args:
      folder: the run folder.
      steps: the budget, environment steps.
      run_hash: the hash that the marker must carry; None: whatever it carries.
    """
    sound, wrong = marking.sound_markers(folder, steps)
    own = [one for one in sound if run_hash is None or one.hash == run_hash]
    return Finished(marking.choose(own, steps), wrong)


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Reads a table as far as the run got, checked as far as it is finished.

    Args:
      folder: the run folder.
      name: a key of tables.TABLES.

    Raises:
      FileNotFoundError: if it is not there.
      ValueError: if it cannot be read.
      DamagedRunError: if it does not match the checksum of a finished budget.
    """
    return _checked(folder, name, marking.sound_markers(folder)[0])


def _checked(folder: Path, name: str, markers: list[marking.Marker]) -> pd.DataFrame:
    table = tables.read(folder, name)
    # Of a restored run all markers cover the same rows: those are looked at once.
    for marker in {(m.end, m.digests.get(name)): m for m in markers}.values():
        marker.check(name, table)
    return table


def damage(folder: Path) -> list[str]:
    """Lists what is damaged in a run folder, a line a file; checkpoints are left out.

    What is not there yet in a run that is not finished is no damage. The answer is
    kept until one of the files changes.
    """
    files = [folder / layout.RUN, *layout.markers(folder)]
    files += [tables.path(folder, name) for name in tables.TABLES]
    return list(_damage(folder.resolve(), tuple(map(_version, files))))


def _version(path: Path) -> tuple[str, int, int]:
    try:
        about = path.stat()
    except FileNotFoundError:
        return path.name, 0, 0
    return path.name, about.st_mtime_ns, about.st_size


@functools.lru_cache(maxsize=65536)
def _damage(folder: Path, files: tuple[tuple[str, int, int], ...]) -> tuple[str, ...]:
    sound, found = marking.sound_markers(folder)
    try:
        read_details(folder)
    except FileNotFoundError:
        pass
    except DamagedRunError as error:
        found.append(str(error))
    if any(marker.verified for marker in sound):
        for name in tables.TABLES:
            try:
                _checked(folder, name, sound)
            except (ValueError, FileNotFoundError) as error:
                found.append(str(error))
    return tuple(found)


def is_verified(folder: Path) -> bool:
    """Returns whether run.json and the marker of the largest budget have checksums.

    Raises:
      FileNotFoundError: if there is no run.json.
      DamagedRunError: if one of the two is not what was written.
    """
    content, verified = read_sealed(folder / layout.RUN)
    markers = map(marking.read_marker, layout.markers(folder)[-1:])
    if content.get(UNVERIFIED):
        return False
    return verified and all(marker.verified for marker in markers)


def count_unverified(folders: Iterable[Path]) -> int:
    """Counts the run folders with finished budgets that are older than checksums."""
    count = 0
    for folder in set(folders):
        with suppress(FileNotFoundError, DamagedRunError):
            count += bool(layout.markers(folder)) and not is_verified(folder)
    return count
