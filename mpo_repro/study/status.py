"""Where the runs of a study stand, read from their files alone.

So it can be asked from another terminal, or on a cluster from any node that sees the
files. A run writes its checkpoint and tables every minute: one whose run.json says that
it has not ended, and whose files are older than STALLED_SECONDS, has stalled.
"""

import functools
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from safetensors import SafetensorError, safe_open

from mpo_repro.config import RunSpec, Study
from mpo_repro.runs import layout, reading, tables

DONE, RUNNING, STALLED = "done", "running", "stalled"
FAILED, INTERRUPTED, WAITING = "failed", "interrupted", "waiting"
DAMAGED = "damaged"  # finished, and a file is not what was written
STATES = (DONE, RUNNING, STALLED, FAILED, DAMAGED, INTERRUPTED, WAITING)
STALLED_SECONDS = 300.0
RECENT_EPISODES = 8


class RunState(NamedTuple):
    """Where one run stands.

    Attributes:
      arm, task, seed: which run.
      state: one of STATES.
      steps: environment steps so far, at most the budget.
      budget: environment steps.
      episode_return: of a finished run the mean of its last evaluation with sampled
        actions, of another that of its last episodes of training; None if unknown.
      steps_per_second: since it began, None if unknown.
      seconds_left: None if unknown.
      reason: why it failed, or what is damaged; empty otherwise.
    """

    arm: str
    task: str
    seed: int
    state: str
    steps: int
    budget: int
    episode_return: float | None = None
    steps_per_second: float | None = None
    seconds_left: float | None = None
    reason: str = ""


class Summary(NamedTuple):
    """A study as a whole; runs that arms share are counted once.

    Attributes:
      done, runs: finished runs, and all.
      steps, budget: environment steps so far, and all.
      seconds_left: if as many runs go on as do now; None if none is running.
    """

    done: int
    runs: int
    steps: int
    budget: int
    seconds_left: float | None


def look(study: Study, root: Path = Path(), now: float | None = None) -> list[RunState]:
    """Lists where every run of a study stands, in the study's order.

    Args:
      study: the study.
      root: the folder that holds results/runs.
      now: seconds since the epoch, for which the question is asked; None: now.

    Returns:
      A RunState for each of `study.runs()`.
    """
    now = time.time() if now is None else now
    return [_state(spec, root / spec.folder, now) for spec in study.runs()]


def summarise(study: Study, states: Iterable[RunState]) -> Summary:
    """Adds up what `look` found."""
    folders = [spec.folder for spec in study.runs()]
    once = dict(zip(folders, states, strict=True)).values()
    steps, budget = sum(s.steps for s in once), sum(s.budget for s in once)
    speed = sum(s.steps_per_second or 0 for s in once if s.state == RUNNING)
    done = sum(s.state == DONE for s in once)
    left = (budget - steps) / speed if speed else None
    return Summary(done, len(once), steps, budget, left)


def _state(spec: RunSpec, folder: Path, now: float) -> RunState:
    about = spec.arm, spec.task, spec.seed
    found = reading.finished(folder, spec.steps)
    damaged = [text for text in reading.damage(folder) if text not in found.wrong]
    if found.marker and damaged:
        return RunState(*about, DAMAGED, 0, spec.steps, reason="; ".join(damaged))
    if found.marker:
        value = _last_evaluation(folder)
        return RunState(*about, DONE, spec.steps, spec.steps, value)
    details = _json(folder / layout.RUN)
    if not details:
        return RunState(*about, WAITING, 0, spec.steps)
    state, reason = _judge(details, folder, now)
    if state == WAITING and found.wrong:
        state, reason = DAMAGED, "; ".join(found.wrong)
    steps, seconds = _counters(folder)
    steps = min(steps, spec.steps)
    value = _recent_return(folder)
    if state != RUNNING or not seconds:
        return RunState(*about, state, steps, spec.steps, value, reason=reason)
    speed = steps / seconds
    left = (spec.steps - steps) / speed if speed else None
    return RunState(*about, state, steps, spec.steps, value, speed, left)


def _judge(details: dict, folder: Path, now: float) -> tuple[str, str]:
    """Says in which state a run is that is not done, and why it failed."""
    ended, reason = details.get("ended"), str(details.get("reason") or "")
    if ended == "failed" and reason == layout.NOT_ENDED:
        silent = now - _touched(folder)
        if silent <= STALLED_SECONDS:
            return RUNNING, ""
        return STALLED, f"no sign of it for {silent / 60:.0f} minutes"
    if ended in ("failed", "diverged"):
        return FAILED, reason
    if ended == "interrupted":
        return INTERRUPTED, ""
    return WAITING, ""  # a smaller budget was reached


def _touched(folder: Path) -> float:
    """Finds when a file of the run was last written, seconds since the epoch."""
    files = [*folder.glob("*"), *folder.glob("checkpoint/*")]
    return max(map(_modified, files), default=0.0)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # replaced at this moment
        return 0.0


def _counters(folder: Path) -> tuple[int, float]:
    """Reads environment steps and seconds of training; 0 where they are unknown."""
    states = sorted(folder.glob("checkpoint/state*.safetensors"), key=_modified)
    for path in reversed(states):
        try:
            with safe_open(path, "np") as file:
                facts = json.loads(file.metadata()["facts"])
            return facts["environment_steps"], facts["seconds"]
        except (SafetensorError, OSError, ValueError, KeyError, TypeError):
            continue
    timing = _table(tables.path(folder, "timing"))
    if not len(timing):
        return 0, 0.0
    last = timing.iloc[-1]
    return int(last.environment_steps), float(last.wall_seconds)


def _last_evaluation(folder: Path) -> float | None:
    curve = _table(tables.path(folder, "curve"))
    sampled = curve[curve["kind"] == "sampled"] if len(curve) else curve
    if not len(sampled):
        return None
    last = sampled.environment_steps == sampled.environment_steps.max()
    return float(sampled.episode_return[last].mean())


def _recent_return(folder: Path) -> float | None:
    curve = _table(tables.path(folder, "curve"))
    if not len(curve):
        return None
    recent = curve.episode_return[curve["kind"] == "behaviour"]
    return float(recent.tail(RECENT_EPISODES).mean()) if len(recent) else None


def _table(path: Path) -> pd.DataFrame:
    return _cached_table(path.resolve(), _modified(path))


@functools.lru_cache(maxsize=4096)
def _cached_table(path: Path, modified: float) -> pd.DataFrame:
    """Reads a table once per change of its file; empty if it cannot be read."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError):
        return pd.DataFrame()


def _json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
