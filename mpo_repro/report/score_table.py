"""The table of scores: a row per task and arm, published MPO beneath."""

import math
from dataclasses import dataclass

import numpy as np

from mpo_repro.analysis import published
from mpo_repro.analysis.quantiles import mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.scores import checkpoints, scores_at


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
      task: its name; the page prints it once per task.
      label: the arm's label, or that of the published curves.
      published: whether the row is not of this project.
      cells: one text a column.
    """

    task: str
    label: str
    published: bool
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ScoreTable:
    """Headings of the columns after task and arm, and the rows."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def spread(values: np.ndarray) -> str:
    """Writes scores over seeds as mean, SD and number of seeds.

    Args:
      values: one score a seed, shape [S].

    Returns:
      For example "782 ± 51 (10)"; one seed has no SD, and no seed is a dash.
    """
    summary = mean_interval(values)
    if not summary["n"]:
        return "–"
    sd = "" if math.isnan(summary["sd"]) else f" ± {_number(summary['sd'])}"
    return f"{_number(summary['mean'])}{sd} ({summary['n']})"


def score_table(results: Results) -> ScoreTable:
    """Tabulates scores at each checkpoint.

    Args:
      results: the study's results.

    Returns:
      Columns: one a checkpoint for evaluation with sampled actions, and one for
      evaluation with the mean action at the end, where there is one.
    """
    marks = checkpoints(results.steps)
    columns = [("sampled", mark) for mark in marks]
    if (results.curves["kind"] == "mean").any():
        columns.append(("mean", results.steps))
    scores = {c: scores_at(results.curves, *c) for c in columns}
    headings = tuple(_heading(kind, mark) for kind, mark in columns)
    rows: list[Row] = []
    for task in results.tasks:
        for arm in results.arms:
            cells = tuple(_cell(scores[c], task, arm) for c in columns)
            rows.append(Row(task, results.labels[arm], False, cells))
        rows.extend(_published_row(task, columns))
    return ScoreTable(headings, tuple(rows))


def _cell(scores, task: str, arm: str) -> str:
    chosen = (scores["task"] == task) & (scores["arm"] == arm)
    return spread(scores.loc[chosen, "score"].to_numpy())


def _published_row(task: str, columns: list[tuple[str, int]]) -> list[Row]:
    """Makes the row of published scores; none if no checkpoint is covered."""
    cells = tuple(
        spread(published.scores(task, mark) if kind == "sampled" else np.empty(0))
        for kind, mark in columns
    )
    if set(cells) == {"–"}:
        return []
    return [Row(task, "MPO, published", True, cells)]


def _heading(kind: str, mark: int) -> str:
    return f"{mark:,} steps" + (", mean action" if kind == "mean" else "")


def _number(value: float) -> str:
    """Writes returns without decimals, and small ones with one."""
    return f"{value:.1f}" if abs(value) < 10 else f"{value:.0f}"
