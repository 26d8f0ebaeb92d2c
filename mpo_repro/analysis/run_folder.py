"""Reads one run folder, or says why it cannot be used."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mpo_repro.analysis import tables

FINISHED, UNFINISHED, MISSING, BROKEN = "finished", "unfinished", "missing", "broken"
# How run.json says that an unfinished run ended whose numbers went wrong.
DIVERGED = "diverged"
EVALUATIONS = ("sampled", "mean")
MAPPINGS = ("versions", "machine", "recipe")  # of run.json, where it has them
KINDS = (*EVALUATIONS, "behaviour")
# Up to 256 environments (see the recipe) step together: a run that passes a number of
# steps, and the evaluation it makes there, may stand up to this many steps later.
OVERSHOOT = 255
_MARKER = re.compile(r"steps-(\d+)\.done\.json")


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
      curve, diagnostics, timing: the tables of that name, cut at the budget.
    """

    details: dict
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
        budget was reached (unfinished), or a file contradicts what is expected
        (broken).
    """
    if not folder.is_dir():
        raise UnusableRunError(MISSING, "no run folder")
    details = _read_details(folder)
    expected = {"task": task, "seed": seed, "hash": run_hash}
    for key, value in expected.items():
        if details.get(key) != value:
            text = f"run.json says {key} {details.get(key)!r}, expected {value!r}"
            raise UnusableRunError(BROKEN, text, details)
    if max(_budgets_reached(folder, run_hash), default=0) < steps:
        raise UnusableRunError(UNFINISHED, _progress(folder, details, steps), details)
    try:
        return _read_tables(folder, details, steps)
    except (ValueError, FileNotFoundError) as error:
        raise UnusableRunError(BROKEN, str(error), details) from error


def _read_details(folder: Path) -> dict:
    try:
        details = json.loads((folder / "run.json").read_text("utf-8"))
    except FileNotFoundError:
        raise UnusableRunError(UNFINISHED, "no run.json yet") from None
    except (ValueError, RecursionError) as error:
        raise UnusableRunError(BROKEN, f"run.json cannot be read: {error}") from error
    if not isinstance(details, dict):
        raise UnusableRunError(BROKEN, "run.json holds no mapping")
    for key in MAPPINGS:
        if not isinstance(details.get(key) or {}, dict):
            raise UnusableRunError(BROKEN, f"run.json holds no mapping as {key}")
    return details


def _budgets_reached(folder: Path, run_hash: str) -> list[int]:
    """Lists the budgets for which a marker of this very run stands."""
    reached = []
    for path in folder.iterdir():
        match = _MARKER.fullmatch(path.name)
        if not match:
            continue
        try:
            marker = json.loads(path.read_text("utf-8"))
        except (ValueError, RecursionError):
            continue
        if not isinstance(marker, dict):
            continue
        if marker.get("finished") is True and marker.get("hash") == run_hash:
            reached.append(int(match[1]))
    return reached


def _progress(folder: Path, details: dict, steps: int) -> str:
    """Says how far an unfinished run came and how it ended."""
    try:
        curve = tables.read_columns(folder / "curve.parquet", tables.CURVE)
        reached = int(curve["environment_steps"].max()) if len(curve) else 0
        text = f"reached {reached:,} of {steps:,} steps"
    except (ValueError, FileNotFoundError):
        text = f"no marker for {steps:,} steps and no readable curve"
    ended = details.get("ended")
    reason = details.get("reason")
    return text + (f"; {ended}" if ended else "") + (f": {reason}" if reason else "")


def _read_tables(folder: Path, details: dict, steps: int) -> RunFolder:
    read = {
        name: tables.read_columns(folder / f"{name}.parquet", schema)
        for name, schema in (
            ("curve", tables.CURVE),
            ("diagnostics", tables.DIAGNOSTICS),
            ("timing", tables.TIMING),
        )
    }
    end = steps + OVERSHOOT
    cut = {name: t[t["environment_steps"] <= end] for name, t in read.items()}
    check_curve(cut["curve"], steps)
    if cut["diagnostics"].duplicated(["environment_steps", "name"]).any():
        raise ValueError("diagnostics.parquet holds one value twice")
    if cut["timing"].duplicated(["environment_steps"]).any():
        raise ValueError("timing.parquet holds one moment twice")
    return RunFolder(details, **cut)


def check_curve(curve: pd.DataFrame, steps: int) -> None:
    """Refuses a curve that cannot be that of a run of this length.

    Args:
      curve: columns of tables.CURVE, cut at the budget.
      steps: the budget, in environment steps.

    Raises:
      ValueError: if an episode stands twice, a return is not finite, a kind is
        unknown, there is no evaluation with sampled actions, or the last one lies
        further from the budget than any two evaluations lie apart.
    """
    unknown = sorted(set(curve["kind"]) - set(KINDS))
    if unknown:
        raise ValueError(f"curve.parquet has unknown kinds {', '.join(unknown)}")
    if curve.duplicated(["environment_steps", "kind", "episode"]).any():
        raise ValueError("curve.parquet holds one episode twice")
    if not np.isfinite(curve["episode_return"]).all():
        raise ValueError("curve.parquet has a return that is not finite")
    evaluated = curve.loc[curve["kind"] == "sampled", "environment_steps"].unique()
    if not len(evaluated):
        text = f"curve.parquet has no evaluation with sampled actions up to {steps:,}"
        raise ValueError(f"{text} steps")
    marks = np.sort(np.append(evaluated, 0))
    if marks[-1] < steps - np.diff(marks).max():
        raise ValueError(f"curve.parquet ends at {marks[-1]:,} of {steps:,} steps")
