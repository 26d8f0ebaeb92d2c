"""The folders that a command is given, looked at before what is heavy is imported."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from mpo_repro.config import ConfigError

RUN = "a run's folder"
RESULTS = "a study's results: run mpo-repro collect first"


def require(folder: Path, allowed: str = RUN) -> None:
    """Refuses a path at which there is nothing.

    Args:
      folder: the path.
      allowed: what has to be there.

    Raises:
      ConfigError: naming both.
    """
    if not folder.exists():
        raise ConfigError(folder, "", "nothing is there", allowed)


def echo_unverified(folders: Iterable[Path]) -> None:
    """Prints, in one line on stderr, how many runs are older than checksums."""
    from mpo_repro.runs import reading

    if count := reading.count_unverified(folders):
        print(f"unverified: {count} runs are older than checksums", file=sys.stderr)


def echo_without_checksums(results: Sequence) -> None:
    """Prints, in one line on stderr, of which studies the tables have no checksums."""
    names = [one.study["name"] for one in results if not one.verified]
    if names:
        text = f"unverified: the tables of {', '.join(names)} have no checksums"
        print(text, file=sys.stderr)


def made(folder: Path) -> Path:
    """Makes a folder to write into, and what it lies in, unless it is there.

    Returns:
      The folder.

    Raises:
      ConfigError: if there can be no folder of that name.
      OSError: if the disk does not let one be made; see `app.DISK`.
    """
    from mpo_repro.cli.app import DISK

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in DISK:
            raise
        allowed = f"a folder, or one that can be made ({error.strerror})"
        raise ConfigError("--out", "", folder, allowed) from None
    return folder
