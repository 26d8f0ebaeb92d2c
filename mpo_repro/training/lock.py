"""One process a run folder: the second is refused, a dead one's lock is gone.

The lock is the kernel's (flock on an open file), not the file: it ends with its owner,
however that ended, and the file stays. On shared file systems it is as good as their
flock: NFS since Linux 2.6.12 and Lustre mounted with `flock` hold it across machines,
Lustre mounted with `localflock` within one. Where there is none at all, the run goes on
with a line that says so.
"""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HELD = errno.EWOULDBLOCK, errno.EACCES
_UNKNOWN_HERE = errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS


class LockedError(RuntimeError):
    """The run folder is in use."""


@contextmanager
def lock(folder: Path, wait: bool = False) -> Iterator[None]:
    """Holds a run folder for this process.

    Args:
      folder: an existing folder.
      wait: for the process that holds it, instead of being refused.

    Raises:
      LockedError: if another process holds it and this one is not to wait.
      OSError: if the lock's file cannot be written.
    """
    # Not inherited by programs that this process starts: they may outlive it.
    with (folder / ".lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            if error.errno in _HELD:
                file.seek(0)
                owner = file.read().strip() or "another process"
                raise LockedError(f"{folder} is in use by {owner}") from None
            if error.errno not in _UNKNOWN_HERE:
                raise
            logging.warning("%s cannot be locked: %s", folder, error.strerror)
        file.truncate(0)
        file.write(f"process {os.getpid()}\n")
        file.flush()
        yield
