"""Which code trains: the commit, and what was changed since and not committed."""

import functools
import hashlib
import subprocess
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parents[1]
CONFIGS = "paper_configs"  # beside the package in a checkout


class Code(NamedTuple):
    """The code of a run.

    Attributes:
      commit: HEAD's hash; None if no repository tracks the package.
      changes: SHA-256 of what differs from HEAD in the package and in paper_configs;
        None if nothing does.
    """

    commit: str | None
    changes: str | None


@functools.cache
def code() -> Code:
    """Returns what this process imported: it is looked up once, at the first call."""
    return look_up(PACKAGE)


def look_up(package: Path) -> Code:
    """Asks git about a package's folder.

    A repository that only contains the package, in an environment that it ignores,
    has commits of another project: they are not named.

    Args:
      package: the folder of its files.
    """
    try:
        _git(package, "ls-files", "--error-unmatch", "__init__.py")
        commit = _git(package, "rev-parse", "HEAD").decode().strip()
        return Code(commit, _changes(package))
    except (OSError, subprocess.CalledProcessError):
        return Code(None, None)


def _changes(package: Path) -> str | None:
    """Computes the hash of the difference from HEAD, files that are new included."""
    root = package.parent
    places = ["--", package.name, CONFIGS]
    plain = ["--no-ext-diff", "--no-textconv", "--no-color", "--binary"]
    total = _git(root, "diff", *plain, "HEAD", *places)
    names = _git(root, "ls-files", "--others", "--exclude-standard", "-z", *places)
    for name in sorted(name for name in names.split(b"\0") if name):
        path = root / name.decode("utf-8", "surrogateescape")
        content = path.read_bytes() if path.is_file() else b""
        total += b"%s\0%d\0%s" % (name, len(content), content)
    return hashlib.sha256(total).hexdigest() if total else None


def _git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout
