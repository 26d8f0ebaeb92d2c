"""A study in one file: runs, tables, figures, report, settings, with checksums.

The same files give the same bytes: members are in order, and the tar knows no times,
owners or modes of this machine. Checkpoints stay out; they are large, and serve only to
train further.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from mpo_repro.config import ConfigError, Study
from mpo_repro.runs import reading

FORMAT = 1
MANIFEST = "manifest.json"
# What an archive may hold. In this order it is also written back: Snakemake takes a
# file for out of date if what it is made from is newer.
PLACES = (
    "requirements.lock",
    "paper_configs",
    "results/runs",
    "results",
    "reports",
)
# What runs, verdicts and pages are made from, beside the study's own files.
SETTINGS = (
    "requirements.lock",
    "paper_configs/errata.yaml",
    "paper_configs/recipes/*.yaml",
    "paper_configs/claims/*.yaml",
    "paper_configs/claims/registered.json",
)
LEFT_OUT = {"checkpoint", "stopped", "tensorboard"}  # folders of a run
BLOCK = 1 << 20  # bytes


def archive(study: Study, out: Path, root: Path = Path()) -> list[dict]:
    """Writes the archive of a study.

    Args:
      study: the study.
      out: the tar's path; it is replaced as a whole.
      root: the folder that holds paper_configs, results and reports.

    Returns:
      The members: path, bytes, sha256.

    Raises:
      ConfigError: if none of the study's runs is finished, or one is damaged.
    """
    runs = [spec for spec in study.runs() if (root / spec.marker).is_file()]
    if not runs:
        raise ConfigError(study.name, "runs", "none finished", "at least one")
    for folder in sorted({spec.folder for spec in runs}):
        for text in reading.damage(root / folder):
            raise ConfigError(folder, "", text, "what training writes")
    files = sorted(set(_files(study, root, runs)), key=_order)
    members = [_member(root, path) for path in files]
    content = {
        "format": FORMAT,
        "study": study.name,
        "runs": len({spec.folder for spec in study.runs()}),
        "finished": len({spec.folder for spec in runs}),
        "files": members,
    }
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with tarfile.open(beside, "w", format=tarfile.PAX_FORMAT) as tar:
            text = json.dumps(content, indent=1) + "\n"
            tar.addfile(_header(MANIFEST, len(text)), io.BytesIO(text.encode()))
            for member in members:
                with (root / member["path"]).open("rb") as file:
                    tar.addfile(_header(member["path"], member["bytes"]), file)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    return members


def restore(file: Path, root: Path = Path()) -> dict:
    """Writes the files of an archive back, after all of it has been checked.

    Args:
      file: the tar.
      root: the folder that gets paper_configs, results and reports.

    Returns:
      The manifest.

    Raises:
      ConfigError: if it is no such archive or damaged, if a path leads elsewhere, or if
        a file is there already with another content; nothing has been written then.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            manifest = _manifest(file, tar)
            members = manifest["files"]
            _check(file, tar, members, root)
            for member in sorted(members, key=lambda one: _order(one["path"])):
                _write(tar, member["path"], root)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ConfigError(file, "", str(error), "a whole archive") from None
    return manifest


def _files(study: Study, root: Path, runs: Iterable) -> Iterator[str]:
    """Lists what belongs to a study, as paths below the root."""
    for one in (study, *study.members.values()):
        yield _inside(one.file, root)
    for pattern in SETTINGS:
        for path in root.glob(pattern):
            yield path.relative_to(root).as_posix()
    folders = [spec.folder for spec in runs]
    folders += [Path("results", study.name), Path("reports", study.name)]
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root / folder).parts
            hidden = any(part.startswith(".") for part in inside)
            if path.is_file() and not hidden and inside[0] not in LEFT_OUT:
                yield path.relative_to(root).as_posix()


def _inside(file: Path, root: Path) -> str:
    """Says where a study's file is below the root."""
    path = Path(os.path.relpath(file, root)).as_posix()
    if not _below(path, "paper_configs"):
        raise ConfigError(file, "", "elsewhere", "a study in paper_configs")
    return path


def _order(path: str) -> tuple[int, str]:
    """Orders paths by PLACES, a study's data before what is drawn and said of it."""
    place = next(i for i, start in enumerate(PLACES) if _below(path, start))
    made = 0 if "/data/" in path else 1 if "/figures/" in path else 2
    return place, f"{made} {path}"


def _below(path: str, start: str) -> bool:
    return path == start or path.startswith(f"{start}/")


def _member(root: Path, path: str) -> dict:
    with (root / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": path, "bytes": (root / path).stat().st_size, "sha256": digest}


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, 0o644, 0
    return header


def _manifest(file: Path, tar: tarfile.TarFile) -> dict:
    try:
        manifest = json.loads(tar.extractfile(MANIFEST).read())
        formats = manifest["format"]
        for member in manifest["files"]:
            member["path"], member["sha256"]  # noqa: B018
    except (KeyError, ValueError, TypeError, AttributeError):
        raise ConfigError(file, MANIFEST, "none", "an archive of a study") from None
    if formats != FORMAT:
        raise ConfigError(file, "format", formats, str(FORMAT))
    return manifest


def _check(file: Path, tar: tarfile.TarFile, members: list[dict], root: Path) -> None:
    """Refuses what is damaged, leads elsewhere, or would replace something."""
    for member in members:
        path, digest = member["path"], member["sha256"]
        if not _is_safe(path):
            raise ConfigError(file, "path", path, f"below {', '.join(PLACES)}")
        found = _content(tar, path)
        if found is None or hashlib.file_digest(found, "sha256").hexdigest() != digest:
            raise ConfigError(file, path, "missing or damaged", "as in its manifest")
        there = root / path
        if there.exists() and _member(root, path)["sha256"] != digest:
            raise ConfigError(there, "", "another content", "none, or the archive's")


def _is_safe(path: str) -> bool:
    parts = PurePosixPath(path).parts
    plain = PurePosixPath(*parts).as_posix() == path and ".." not in parts
    return plain and any(_below(path, start) for start in PLACES)


def _content(tar: tarfile.TarFile, path: str):
    """Opens a member; None if there is none, or it is no plain file."""
    try:
        member = tar.getmember(path)
    except KeyError:
        return None
    return tar.extractfile(member) if member.isreg() else None


def _write(tar: tarfile.TarFile, path: str, root: Path) -> None:
    target = root / path
    if target.exists():  # the same content, as has been checked
        os.utime(target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    with _content(tar, path) as source, beside.open("wb") as file:
        while block := source.read(BLOCK):
            file.write(block)
    beside.replace(target)
