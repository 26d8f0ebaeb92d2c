"""Checkpoints: everything that a run needs to go on as if it had never stopped.

Tensors go into one safetensors file (no pickle), counters and rows into its metadata.
Replay is kept in segments that are written once and never again, each with its length
and checksum, so that a checkpoint costs what is new. The state names the segments it
needs: whatever else lies in the folder, the renaming of the state is the one moment at
which a checkpoint comes to be. It belongs to one configuration and refuses any other.
"""

import hashlib
import json
import os
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mpo_repro.training.replay import Replay


class StaleCheckpointError(RuntimeError):
    """A checkpoint that does not belong to this run, or cannot be read."""


def save(folder: Path, tensors: dict[str, Tensor], facts: dict, replay: Replay) -> None:
    """Writes a checkpoint; the previous one stays until this one is in place.

    Args:
      folder: the checkpoint's folder, made if it does not exist.
      tensors: state to keep, by name.
      facts: counters and rows, JSON-able; `hash` names the configuration.
      replay: appended to since the last checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _saved_segments(folder / "state.safetensors", facts["hash"])
    segments = _append_segments(folder, before, replay)
    content = json.dumps(facts | {"segments": segments})
    beside = folder / f".state.{os.getpid()}"
    metadata = {"facts": content, "checksum": _digest(content, tensors)}
    save_file({n: t.contiguous() for n, t in tensors.items()}, beside, metadata)
    _sync(beside)
    beside.replace(folder / "state.safetensors")
    _sync(folder)
    _forget_others(folder, segments)


def load(folder: Path, configuration: str) -> tuple[dict[str, Tensor], dict] | None:
    """Reads a checkpoint, without the replay.

    Returns:
      Tensors and facts as they were saved, or None if there is no checkpoint.

    Raises:
      StaleCheckpointError: if it was made by another configuration or is damaged.
    """
    path = folder / "state.safetensors"
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise StaleCheckpointError(f"{path} cannot be read: {error}") from None
    content = metadata.get("facts", "")
    if metadata.get("checksum") != _digest(content, tensors):
        raise StaleCheckpointError(f"{path} does not match its checksum")
    facts = json.loads(content)
    if facts["hash"] != configuration:
        raise StaleCheckpointError(
            f"{path} belongs to run {facts['hash']}, not {configuration}"
        )
    return tensors, facts


def load_replay(folder: Path, segments: list[dict], replay: Replay) -> None:
    """Fills replay from the segments that a checkpoint names.

    Raises:
      StaleCheckpointError: if a segment is missing or damaged.
    """
    for segment in segments:
        path = folder / segment["name"]
        content = path.read_bytes() if path.exists() else b""
        if len(content) != segment["bytes"] or zlib.crc32(content) != segment["crc"]:
            raise StaleCheckpointError(f"{path} is missing or damaged")
        runs, environments, _, width = replay.rows.shape
        rows = np.frombuffer(content, np.float32).copy()
        rows = torch.from_numpy(rows).view(runs, environments, -1, width)
        steps = torch.arange(segment["first"], segment["end"]) % replay.capacity
        replay.rows[:, :, steps] = rows
        replay.written = segment["end"]


def _saved_segments(path: Path, configuration: str) -> list[dict]:
    """Lists the segments that the checkpoint in place needs; none if it is foreign."""
    if not path.exists():
        return []
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["facts"])
    return facts["segments"] if facts["hash"] == configuration else []


def _append_segments(folder: Path, before: list[dict], replay: Replay) -> list[dict]:
    """Writes the rows that no segment holds yet; returns all segments still needed."""
    oldest = replay.written - len(replay)
    segments = [segment for segment in before if segment["end"] > oldest]
    saved = segments[-1]["end"] if segments else oldest
    if saved < replay.written:
        steps = torch.arange(saved, replay.written) % replay.capacity
        content = replay.rows[:, :, steps].numpy().tobytes()
        segment = {"name": f"replay-{saved}-{replay.written}.bin"}
        segment |= {"first": saved, "end": replay.written, "bytes": len(content)}
        segment["crc"] = zlib.crc32(content)
        beside = folder / f".{segment['name']}"
        beside.write_bytes(content)
        _sync(beside)
        beside.replace(folder / segment["name"])
        segments.append(segment)
    return segments


def _forget_others(folder: Path, segments: list[dict]) -> None:
    """Removes segments that the state does not need, and what a crash left."""
    needed = {segment["name"] for segment in segments}
    for pattern in ("replay-*.bin", ".replay-*.bin", ".state.*"):
        for path in folder.glob(pattern):
            if path.name not in needed:
                path.unlink()


def _digest(content: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(content.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def _sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
