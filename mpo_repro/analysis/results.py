"""A study's collected results, as figures and pages read them."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from mpo_repro.analysis import checksums, scores, shapes, tables
from mpo_repro.analysis.collect import COVERED, DESCRIPTION
from mpo_repro.analysis.run_folder import DIVERGED, FINISHED, UNFINISHED

PARTS = "parts"  # the folder, in a study's, that holds a folder for each of its parts


@dataclass(frozen=True)
class Results:
    """The tables of results/<study>/data or reports/<study>/data.

    Attributes:
      folder: the study's folder, which holds data/.
      study: study.json: name, title, tasks, seeds, steps, task_steps, evaluation,
        arms.
      curves, diagnostics, timing, runs: the tables of that name.
      verified: whether they have checksums, which they then match.
    """

    folder: Path
    study: dict
    curves: pd.DataFrame
    diagnostics: pd.DataFrame
    timing: pd.DataFrame
    runs: pd.DataFrame
    verified: bool = True

    def budget(self, task: str) -> int:
        """Says for how many environment steps a task was learnt."""
        return self.study.get("task_steps", {}).get(task, self.study["steps"])

    @property
    def labels(self) -> dict[str, str]:
        """What figures call each arm, in the study's order."""
        return {name: arm["label"] for name, arm in self.study["arms"].items()}

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """The tasks with at least one finished run, in the study's order."""
        present = set(self.runs.loc[self.runs["state"] == FINISHED, "task"])
        return tuple(task for task in self.study["tasks"] if task in present)

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms with at least one finished run, in the study's order."""
        present = set(self.runs.loc[self.runs["state"] == FINISHED, "arm"])
        return tuple(arm for arm in self.study["arms"] if arm in present)

    def arms_on(self, task: str) -> tuple[str, ...]:
        """Lists the arms with at least one finished run of a task."""
        of_task = (self.runs["task"] == task) & (self.runs["state"] == FINISHED)
        present = set(self.runs.loc[of_task, "arm"])
        return tuple(arm for arm in self.study["arms"] if arm in present)

    def plans(self, arm: str, task: str) -> bool:
        """Says whether the study has runs of this arm and task, finished or not."""
        return bool(((self.runs["arm"] == arm) & (self.runs["task"] == task)).any())

    def final_scores(self, kind: str) -> pd.DataFrame:
        """Takes the score of each run at its own budget; see `scores.scores_at`."""
        curves = self.curves
        parts = [
            scores.scores_at(curves[curves["task"] == task], kind, self.budget(task))
            for task in self.study["tasks"]
        ]
        return pd.concat(parts, ignore_index=True)

    def late_scores(self, kind: str) -> pd.DataFrame:
        """Averages each run's last evaluations before its budget; `scores.late_scores`.

        That is the same statistic as of published runs.
        """
        curves = self.curves
        parts = [
            scores.late_scores(curves[curves["task"] == task], kind, self.budget(task))
            for task in self.study["tasks"]
        ]
        return pd.concat(parts, ignore_index=True)

    def curve_quantiles(self, kind: str) -> pd.DataFrame:
        """Computes the learning curves; see `scores.curve_quantiles`."""
        every = self.study["evaluation"]["interval"]
        return scores.curve_quantiles(self.curves, kind, every)

    @cached_property
    def unusable(self) -> pd.DataFrame:
        """The planned runs that gave nothing, with state and reason."""
        return self.runs[self.runs["state"] != FINISHED]

    @cached_property
    def diverged(self) -> pd.Series:
        """Says of each planned run whether it stopped because its numbers went wrong.

        It counts: in a claim's test it has the worst score.
        """
        return (self.runs["state"] == UNFINISHED) & (self.runs["ended"] == DIVERGED)

    @cached_property
    def run_seconds(self) -> pd.DataFrame:
        """Wall time of each finished run: task, arm, seed, seconds, steps (budget)."""
        groups = self.timing.sort_values("environment_steps").groupby(scores.RUN)
        seconds = groups["wall_seconds"].agg(
            lambda wall: scores.elapsed_seconds(wall.to_numpy())
        )
        table = seconds.rename("seconds").reset_index()
        return table.merge(self.runs[[*scores.RUN, "steps"]], on=scores.RUN)


def load(folder: Path) -> Results:
    """Reads what `collect` wrote.

    Args:
      folder: results/<study> or reports/<study>.

    Returns:
      The study's results.

    Raises:
      FileNotFoundError: if the folder has no collected data.
      ValueError: if a table or study.json does not match its checksum, a table lacks a
        column, or a JSON file of the data (not study.json alone) cannot be read or has
        another shape.
    """
    data = folder / "data"
    path = data / DESCRIPTION
    verified = checksums.check(data, COVERED)
    found = {name: read_json(data / name) for name in shapes.FILES}
    for name, content in found.items():
        if content is not None:
            shapes.check_file(data / name, content)
    study = found[DESCRIPTION]
    if study is None:
        raise FileNotFoundError(f"{path} is not there: run mpo-repro collect first")
    read = {name: tables.read(name, data) for name in tables.STUDY}
    return Results(folder, study, **read, verified=verified)


def read_json(path: Path) -> Any:
    """Reads a JSON file of a study's data; None if it is not there.

    Raises:
      ValueError: naming the file, if it cannot be read.
    """
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error


def parts(folder: Path) -> list[Path]:
    """Lists the folders of a study's parts that were collected, by name.

    Args:
      folder: results/<study> or reports/<study>.
    """
    return [
        path.parent.parent
        for path in sorted(folder.glob(f"{PARTS}/*/data/{DESCRIPTION}"))
    ]
