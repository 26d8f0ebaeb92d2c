"""Checksums of a study's collected tables: data/SHA256SUMS, as sha256sum writes it.

Reports that were published before there was such a file have the checksums in their
manifest.json. What has neither is read, and unverified.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from mpo_repro.config.whole import write_text

SUMS, MANIFEST = "SHA256SUMS", "manifest.json"
_LINE = re.compile(r"([0-9a-fA-F]{64})  ([\w.-]+)")


def write(data: Path, names: Iterable[str]) -> Path:
    """Writes the checksums of files of a study's data.

    Args:
      data: the folder.
      names: of its files.

    Returns:
      The path of the file of checksums.
    """
    lines = [f"{_digest(data / name)}  {name}\n" for name in sorted(names)]
    write_text(data / SUMS, "".join(lines))
    return data / SUMS


def check(data: Path, names: Iterable[str]) -> bool:
    """Compares files of a study's data with their checksums.

    Args:
      data: the folder.
      names: of the files; those that are not there are left to their readers.

    Returns:
      Whether there are checksums.

    Raises:
      ValueError: if a file does not match, or its checksum cannot be read; one line
        that names the file, where its checksum stands, and what to do.
    """
    source, known = _known(data)
    if not known:
        return False
    for path in (data / name for name in sorted(names)):
        if not path.is_file():
            continue
        if path.name not in known:
            raise ValueError(f"{source} has no checksum of {path.name}; {_ADVICE}")
        if _digest(path) != known[path.name]:
            raise ValueError(f"{path} does not match {source}; {_ADVICE}")
    return True


_ADVICE = "restore both, or run mpo-repro collect again"


def _known(data: Path) -> tuple[Path, dict[str, str]]:
    """Reads the checksums: the file that has them, and name -> checksum."""
    path = data / SUMS
    if path.is_file():
        return path, _read_sums(path)
    path = data.parent / MANIFEST
    return path, _read_manifest(path, data.name) if path.is_file() else {}


def _read_sums(path: Path) -> dict[str, str]:
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    if not lines or None in matches:
        raise ValueError(f"{path} cannot be read; {_ADVICE}")
    return {match[2]: match[1].lower() for match in matches if match}


def _read_manifest(path: Path, folder: str) -> dict[str, str]:
    try:
        files = json.loads(path.read_text("utf-8"))["files"]
        known = {name: str(about["sha256"]) for name, about in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        text = f"{path} cannot be read: {type(error).__name__}"
        raise ValueError(f"{text}; restore it, or run mpo-repro collect") from None
    start = f"{folder}/"
    return {
        name.removeprefix(start): digest
        for name, digest in known.items()
        if name.startswith(start)
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
