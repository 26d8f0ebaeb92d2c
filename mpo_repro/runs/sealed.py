"""JSON files that carry a checksum of the rest of their content.

Two keys are added: the format and the checksum. A file that has neither was written by
an earlier version; one that has either must have both, so that no single flipped bit
makes a file look older than it is.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from mpo_repro.config.whole import sync, write_text

FORMAT = 2  # 1 is what had no key for it, and no checksum
_FORMAT, _CHECKSUM = "format", "sha256"
MISMATCH = "does not match its checksum"


class DamagedRunError(ValueError):
    """A file of a run folder that is not what was written; one line that names it."""


class Sealed(NamedTuple):
    """What a file holds, without the two keys, and whether it has a checksum."""

    content: dict[str, Any]
    verified: bool


def write_sealed(path: Path, content: dict[str, Any]) -> None:
    """Writes a mapping with its checksum, whole or not at all.

    The two keys are those of this file, whatever the mapping has for them.
    """
    full = content | {_FORMAT: FORMAT}
    full.pop(_CHECKSUM, None)
    full[_CHECKSUM] = _digest(full)
    write_text(path, json.dumps(full, indent=2, sort_keys=True) + "\n")
    sync(path.parent)


def read_sealed(path: Path) -> Sealed:
    """Reads a mapping and checks it.

    Raises:
      FileNotFoundError: if there is no such file.
      DamagedRunError: if it is no JSON, no mapping, or not what its checksum is of.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise
    except (ValueError, RecursionError, OSError) as error:
        raise DamagedRunError(f"{path.name} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise DamagedRunError(f"{path.name} holds no mapping")
    if not {_FORMAT, _CHECKSUM} & content.keys():
        return Sealed(content, verified=False)
    checksum = content.pop(_CHECKSUM, None)
    if checksum != _digest(content):
        raise DamagedRunError(f"{path.name} {MISMATCH}")
    if content.pop(_FORMAT) != FORMAT:
        raise DamagedRunError(f"{path.name} is of another version of mpo_repro")
    return Sealed(content, verified=True)


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
