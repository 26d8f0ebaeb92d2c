"""What a run looks like inside: as its numbers went wrong, or as it was last saved.

A run that stops over its numbers keeps its state and last batch in `stopped/`, apart
from the checkpoint, which stays what it was: of before.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.runs import reading
from mpo_repro.training.checkpoint import Checkpoint, read_state, write_state
from mpo_repro.training.guard import not_finite

STOPPED = Path("stopped") / "state.safetensors"


class Range(NamedTuple):
    """What a tensor holds: its finite entries' range, and how many are not finite."""

    name: str
    shape: tuple[int, ...]
    lowest: float | None
    highest: float | None
    not_finite: int


class Inspection(NamedTuple):
    """A run as `mpo-repro inspect` shows it.

    Attributes:
      about: run.json.
      damaged: of its tables and markers, a line a file.
      source: the file that the rest comes from; None if nothing was saved.
      facts: its counters and diagnostics.
      ranges: a row a tensor.
    """

    about: dict
    damaged: list[str]
    source: Path | None
    facts: dict
    ranges: list[Range]


def keep_stopped(folder: Path, tensors: dict[str, Tensor], facts: dict) -> None:
    """Writes the state of a run whose numbers went wrong.

    Args:
      folder: the run folder.
      tensors: state and batch.
      facts: `reason`, counters, diagnostics; what is not finite in them as text.
    """
    path = folder / STOPPED
    path.parent.mkdir(exist_ok=True)
    write_state(path, tensors, facts)


def forget_stopped(folder: Path) -> None:
    """Removes what an earlier attempt kept, once a run has got past it."""
    path = folder / STOPPED
    if path.exists():
        path.unlink()
        path.parent.rmdir()


def inspect(folder: Path) -> Inspection:
    """Looks into a run folder: its kept state if it stopped, or else its checkpoint.

    Raises:
      FileNotFoundError: if it has no run.json.
      ValueError: if run.json cannot be read.
      DamagedError, StaleCheckpointError: if what was kept cannot be read.
    """
    about, _ = reading.read_details(folder)
    try:
        identity = f"{about['hash']}/seed-{about['seed']}"
    except (KeyError, TypeError):
        raise ValueError("it lacks hash or seed") from None
    damaged = reading.damage(folder)
    source = folder / STOPPED
    if source.exists():
        tensors, facts = read_state(source)
    else:
        source = folder / "checkpoint"
        found = Checkpoint(source, identity).load()
        if found is None:
            return Inspection(about, damaged, None, {}, [])
        tensors, facts = found
    ranges = [_range(name, tensors[name]) for name in sorted(tensors)]
    return Inspection(about, damaged, source, facts, ranges)


def _range(name: str, tensor: Tensor) -> Range:
    finite = tensor[torch.isfinite(tensor)].double()
    ends = (finite.min().item(), finite.max().item()) if finite.numel() else (None,) * 2
    return Range(name, tuple(tensor.shape), *ends, not_finite(tensor))
