"""Checkpoints: everything that a run needs to go on as if it had never stopped.

Tensors go into one safetensors file (no pickle), counters and rows into its metadata,
a checksum over both beside them. Replay is kept in segments that are written once and
never again, each with its length and checksum, so that a checkpoint costs what is new.

A state names the segments it needs: whatever else lies in the folder, the renaming of
a state is the one moment at which a checkpoint comes to be. It is read back before, and
the state before it stays with its segments: if the newest turns out damaged, the run
goes on from that one. A checkpoint belongs to one configuration and refuses any other.
"""

import hashlib
import json
import logging
import re
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from mpo_repro.config.whole import sync, write_whole
from mpo_repro.training.replay import Replay

FORMAT = 2  # raise it when older checkpoints can no longer be gone on from
_STATE = re.compile(r"state-(\d+)\.safetensors")


class StaleCheckpointError(RuntimeError):
    """A checkpoint that does not belong to this run, or cannot be read."""


class DamagedError(RuntimeError):
    """A file that is not what was written."""


class Checkpoint:
    """The checkpoint of one run, in a folder of its own: the newest, and one before."""

    def __init__(self, folder: Path, configuration: str):
        """Looks at a folder; nothing is read or written yet.

        Args:
          folder: made by the first `save` if it does not exist.
          configuration: names the run that the checkpoint must belong to.
        """
        self.folder, self.configuration = folder, configuration
        self._number, self._segments = 0, []

    def save(self, tensors: dict[str, Tensor], facts: dict, replay: Replay) -> None:
        """Writes a checkpoint; the previous one stays.

        Args:
          tensors: state to keep, by name.
          facts: counters and rows, JSON-able.
          replay: appended to since the last checkpoint.

        Raises:
          OSError: if it cannot be written, or does not read back as it was written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        segments = self._append_segments(replay)
        about = {"format": FORMAT, "hash": self.configuration, "segments": segments}
        write_state(self._state(self._number + 1), tensors, facts | about)
        sync(self.folder)
        before, self._segments = self._segments, segments
        self._number += 1
        self._forget_others(before)

    def load(
        self, replay: Replay | None = None
    ) -> tuple[dict[str, Tensor], dict] | None:
        """Reads the newest checkpoint that is whole.

        A damaged one is named in a line of the log (stderr, unless set otherwise).

        Args:
          replay: filled, if given; without it the segments are not looked at.

        Returns:
          Tensors and facts as they were saved, or None if there is no checkpoint.

        Raises:
          StaleCheckpointError: if it was made by another configuration or version, or
            all there is of it is damaged.
        """
        damaged = []
        for number in self._numbers():
            path = self._state(number)
            try:
                tensors, facts = read_state(path)
                self._refuse_foreign(path, facts)
                if replay is not None:
                    self._fill(replay, facts["segments"])
            except DamagedError as error:
                damaged.append(str(error))
                continue
            for problem in damaged:
                logging.warning("%s; going on from %s before it", problem, path.name)
            self._number, self._segments = number, facts["segments"]
            return tensors, facts
        if damaged:
            raise StaleCheckpointError("; ".join(damaged))
        return None

    def _state(self, number: int) -> Path:
        return self.folder / f"state-{number}.safetensors"

    def _numbers(self) -> list[int]:
        """Lists the states in the folder, the newest first."""
        found = self.folder.glob("state*.safetensors")
        matches = {path: _STATE.fullmatch(path.name) for path in found}
        for path, match in matches.items():
            if match is None:
                raise StaleCheckpointError(f"{path} is of another version of mpo_repro")
        return sorted((int(match[1]) for match in matches.values()), reverse=True)

    def _refuse_foreign(self, path: Path, facts: dict) -> None:
        if facts.get("format") != FORMAT:
            raise StaleCheckpointError(f"{path} is of another version of mpo_repro")
        if facts["hash"] != self.configuration:
            raise StaleCheckpointError(
                f"{path} belongs to run {facts['hash']}, not {self.configuration}"
            )

    def _fill(self, replay: Replay, segments: list[dict]) -> None:
        """Puts the rows of the segments where they were."""
        runs, environments, _, width = replay.rows.shape
        replay.written = 0
        for segment in segments:
            content = _read_segment(self.folder / segment["name"], segment)
            rows = torch.from_numpy(np.frombuffer(content, np.float32).copy())
            steps = torch.arange(segment["first"], segment["end"]) % replay.capacity
            rows = rows.view(runs, environments, -1, width).to(replay.rows.device)
            replay.rows[:, :, steps] = rows
            replay.written = segment["end"]

    def _append_segments(self, replay: Replay) -> list[dict]:
        """Writes the rows that no segment holds yet; returns all still needed."""
        oldest = replay.written - len(replay)
        segments = [segment for segment in self._segments if segment["end"] > oldest]
        saved = segments[-1]["end"] if segments else oldest
        if saved < replay.written:
            steps = torch.arange(saved, replay.written) % replay.capacity
            content = replay.rows[:, :, steps].cpu().numpy().tobytes()
            segment = {"name": f"replay-{saved}-{replay.written}.bin"}
            segment |= {"first": saved, "end": replay.written, "bytes": len(content)}
            segment["crc"] = zlib.crc32(content)
            write_whole(
                self.folder / segment["name"],
                lambda target: target.write_bytes(content),
                partial(_read_segment, segment=segment),
            )
            segments.append(segment)
        return segments

    def _forget_others(self, before: list[dict]) -> None:
        """Removes what neither this state nor the one before it needs."""
        needed = {segment["name"] for segment in [*self._segments, *before]}
        needed |= {self._state(self._number - back).name for back in (0, 1)}
        for pattern in ("replay-*.bin", "state-*.safetensors", ".replay-*", ".state-*"):
            for path in self.folder.glob(pattern):
                if path.name not in needed:
                    path.unlink()


def write_state(path: Path, tensors: dict[str, Tensor], facts: dict) -> None:
    """Writes tensors and facts into one file with a checksum, and reads it back.

    Raises:
      OSError: if it cannot be written, or does not read back as it was written.
    """
    content = json.dumps(facts)
    metadata = {"facts": content, "checksum": _digest(content, tensors)}
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}

    def write(target: Path) -> None:
        try:
            save_file(tensors, target, metadata)
        except SafetensorError as error:
            raise OSError(f"{path} cannot be written: {error}") from None

    write_whole(path, write, read_state)


def read_state(path: Path) -> tuple[dict[str, Tensor], dict]:
    """Reads what `write_state` wrote.

    Raises:
      DamagedError: if it cannot be read or does not match its checksum.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise DamagedError(f"{path} cannot be read: {error}") from None
    content = metadata.get("facts", "")
    if metadata.get("checksum") != _digest(content, tensors):
        raise DamagedError(f"{path} does not match its checksum")
    return tensors, json.loads(content)


def _read_segment(path: Path, segment: dict) -> bytes:
    """Reads a segment's file, wherever it lies.

    Raises:
      DamagedError: if it is missing or not what was written.
    """
    content = path.read_bytes() if path.exists() else b""
    if len(content) != segment["bytes"] or zlib.crc32(content) != segment["crc"]:
        raise DamagedError(f"{path} is missing or damaged")
    return content


def _digest(content: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(content.encode())
    for name in sorted(tensors):
        tensor = tensors[name].contiguous().numpy()
        digest.update(f"{name} {tensor.dtype} {tensor.shape}".encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()
