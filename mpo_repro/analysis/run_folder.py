"""Reads one run folder, or says why it cannot be used."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mpo_repro.runs import plausible, reading, tables
from mpo_repro.runs.marking import Marker
from mpo_repro.runs.sealed import DamagedRunError

FINISHED, UNFINISHED, MISSING, BROKEN = "finished", "unfinished", "missing", "broken"
# How run.json says that an unfinished run ended whose numbers went wrong.
DIVERGED = "diverged"
EVALUATIONS = ("sampled", "mean")
MAPPINGS = ("versions", "machine", "recipe")  # of run.json, where it has them
# Up to 256 environments (see the recipe) step together: a run that passes a number of
# steps, and the evaluation it makes there, may stand up to this many steps later.
OVERSHOOT = 255


class UnusableRunError(Exception):
    """A run that gives no rows.

    Attributes:
      state: unfinished, missing or broken.
      details: what run.json says, as far as it could be read.
    """

    def __init__(self, state: str, reason: str, details: dict | None = None):
        super().__init__(reason)
        self.state = state
        self.details = details or {}


@dataclass(frozen=True)
class RunFolder:
    """What one run left, up to a number of environment steps.

    Attributes:
      details: run.json.
      verified: whether all of it had checksums.
      curve, diagnostics, timing: the tables of that name, cut at the budget.
    """

    details: dict
    verified: bool
    curve: pd.DataFrame
    diagnostics: pd.DataFrame
    timing: pd.DataFrame


def read_run(
    folder: Path, task: str, seed: int, run_hash: str, steps: int
) -> RunFolder:
    """Reads a run that must have reached a budget.

    A run may have gone further for another study: rows beyond the budget (and what
    the run's last step may pass it by, OVERSHOOT) are left.

    Args:
      folder: the run folder.
      task: the task that it must be of.
      seed: its seed.
      run_hash: the hash that run.json must carry.
      steps: the budget, in environment steps.

    Returns:
      A RunFolder.

    Raises:
      UnusableRunError: if the folder is not there (missing), no marker says that the
        budget was reached (unfinished), or a file does not match its checksum or
        contradicts what is expected (broken).
    """
    if not folder.is_dir():
        raise UnusableRunError(MISSING, "no run folder")
    details, verified = _read_details(folder)
    expected = {"task": task, "seed": seed, "hash": run_hash}
    for key, value in expected.items():
        if details.get(key) != value:
            text = f"run.json says {key} {details.get(key)!r}, expected {value!r}"
            raise UnusableRunError(BROKEN, text, details)
    marker = _marker(folder, details, run_hash, steps)
    try:
        cut = _read_tables(folder, details["task"], marker, steps)
    except (ValueError, FileNotFoundError) as error:
        raise UnusableRunError(BROKEN, str(error), details) from error
    return RunFolder(details, verified and marker.verified, **cut)


def _read_details(folder: Path) -> reading.Details:
    try:
        found = reading.read_details(folder)
    except FileNotFoundError:
        raise UnusableRunError(UNFINISHED, "no run.json yet") from None
    except DamagedRunError as error:
        raise UnusableRunError(BROKEN, str(error)) from error
    for key in MAPPINGS:
        if not isinstance(found.content.get(key) or {}, dict):
            raise UnusableRunError(BROKEN, f"run.json holds no mapping as {key}")
    return found


def _marker(folder: Path, details: dict, run_hash: str, steps: int) -> Marker:
    """Reads the marker that vouches for a budget of this very run."""
    found = reading.finished(folder, steps, run_hash)
    if found.marker:
        return found.marker
    if found.wrong:
        raise UnusableRunError(BROKEN, "; ".join(found.wrong), details)
    raise UnusableRunError(UNFINISHED, _progress(folder, details, steps), details)


def _progress(folder: Path, details: dict, steps: int) -> str:
    """Says how far an unfinished run came and how it ended."""
    try:
        curve = tables.read(folder, "curve")
        reached = int(curve["environment_steps"].max()) if len(curve) else 0
        text = f"reached {reached:,} of {steps:,} steps"
    except (ValueError, FileNotFoundError):
        text = f"no marker for {steps:,} steps and no readable curve"
    ended = details.get("ended")
    reason = details.get("reason")
    return text + (f"; {ended}" if ended else "") + (f": {reason}" if reason else "")


def _read_tables(
    folder: Path, task: str, marker: Marker, steps: int
) -> dict[str, pd.DataFrame]:
    end = steps + OVERSHOOT
    if marker.end is not None:
        end = min(end, marker.end)
    cut = {}
    for name in tables.TABLES:
        table = tables.read(folder, name)
        marker.check(name, table)
        cut[name] = table[table["environment_steps"] <= end]
    plausible.check_returns(cut["curve"], task)
    check_curve(cut["curve"], steps)
    if cut["diagnostics"].duplicated(["environment_steps", "name"]).any():
        raise ValueError("diagnostics.parquet holds one value twice")
    if cut["timing"].duplicated(["environment_steps"]).any():
        raise ValueError("timing.parquet holds one moment twice")
    for name, table in cut.items():
        plausible.check_steps(name, table)
    return cut


def check_curve(curve: pd.DataFrame, steps: int) -> None:
    """Refuses a curve that cannot be that of a run of this length.

    Args:
      curve: columns of that table, cut at the budget.
      steps: the budget, in environment steps.

    Raises:
      ValueError: if an episode stands twice, there is no evaluation with sampled
        actions, or the last one lies further from the budget than any two evaluations
        lie apart.
    """
    if curve.duplicated(["environment_steps", "kind", "episode"]).any():
        raise ValueError("curve.parquet holds one episode twice")
    evaluated = curve.loc[curve["kind"] == "sampled", "environment_steps"].unique()
    if not len(evaluated):
        text = f"curve.parquet has no evaluation with sampled actions up to {steps:,}"
        raise ValueError(f"{text} steps")
    marks = np.sort(np.append(evaluated, 0))
    if marks[-1] < steps - np.diff(marks).max():
        raise ValueError(f"curve.parquet ends at {marks[-1]:,} of {steps:,} steps")
