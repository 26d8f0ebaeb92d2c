"""Files that are there whole or not at all, whatever happens while they are written."""

import os
from collections.abc import Callable
from pathlib import Path


def write_whole(
    path: Path,
    write: Callable[[Path], object],
    check: Callable[[Path], object] = lambda _: None,
) -> None:
    """Writes a file beside its place, syncs and checks it, and renames it into place.

    What was there before stays until then; a failure leaves nothing beside it. One
    process at a time may write a file: see `lock`. The new name is on the disk once its
    folder is synced.

    Args:
      path: the file's place.
      write: writes the file it is given.
      check: reads the file it is given; raises if it is not what was written.

    Raises:
      OSError: if the file cannot be written or fails its check.
    """
    beside = path.with_name(f".{path.name}")
    try:
        write(beside)
        sync(beside)
        try:
            check(beside)
        except RuntimeError as error:
            raise OSError(f"{path} does not read back as written: {error}") from None
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a text as UTF-8; as `write_whole`."""
    write_whole(path, lambda beside: beside.write_text(text, "utf-8"))


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
        # What is read back then comes from the disk where the system can forget it.
        if path.is_file() and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
