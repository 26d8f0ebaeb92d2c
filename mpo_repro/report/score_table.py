"""The table of scores: a row per task and arm, published MPO beneath."""

import math
from dataclasses import dataclass

import numpy as np

from mpo_repro.analysis import published
from mpo_repro.analysis.quantiles import mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.scores import checkpoints, late_scores, scores_at, window_start

# How the actions were chosen, and at how many environment steps; END: each task's own.
Column = tuple[str, int | None]
END = None


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
      task: its name; the page prints it once per task.
      label: the arm's label, or that of the published curves.
      published: whether the row is not of this project.
      cells: one text a column; empty where the study plans nothing.
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
      evaluation with the mean action at the end, where there is one. Rows: of each
      task the arms that the study has it learnt by.
    """
    budgets = {task: results.budget(task) for task in results.tasks}
    marks = sorted({mark for n in budgets.values() for mark in checkpoints(n)})
    columns: list[Column] = [("sampled", mark) for mark in marks]
    if (results.curves["kind"] == "mean").any():
        columns.append(("mean", END if len(set(budgets.values())) > 1 else marks[-1]))
    beside = _beside_published(results, columns)
    scores = {c: _scores(results, c, late=c in beside) for c in columns}
    rows: list[Row] = []
    for task in results.tasks:
        for arm in results.arms:
            if results.plans(arm, task):
                cells = [_cell(scores[c], task, arm) for c in columns]
                label = results.labels[arm]
                rows.append(_row(task, label, False, cells, columns, budgets[task]))
        rows.extend(_published_row(task, columns, budgets[task]))
    return ScoreTable(tuple(_heading(c, c in beside) for c in columns), tuple(rows))


def _beside_published(results: Results, columns: list[Column]) -> list[Column]:
    """Lists the columns that have published scores of any task: sampled, at a step."""
    return [
        (kind, mark)
        for kind, mark in columns
        if kind == "sampled" and mark is not END
        if any(len(published.scores(task, mark)) for task in results.tasks)
    ]


def _scores(results: Results, column: Column, *, late: bool):
    """Takes each run's score of a column: what published runs have, or the last."""
    kind, mark = column
    if late:
        return late_scores(results.curves, kind, mark)
    if mark is END:
        return results.final_scores(kind)
    return scores_at(results.curves, kind, mark)


def _cell(scores, task: str, arm: str) -> str:
    chosen = (scores["task"] == task) & (scores["arm"] == arm)
    return spread(scores.loc[chosen, "score"].to_numpy())


def _published_row(task: str, columns: list[Column], budget: int) -> list[Row]:
    """Makes the row of published scores; none if no checkpoint is covered."""
    cells = [
        spread(published.scores(task, mark) if kind == "sampled" else np.empty(0))
        for kind, mark in columns
    ]
    row = _row(task, "MPO, published", True, cells, columns, budget)
    return [row] if set(row.cells) - {"–", ""} else []


def _row(
    task: str,
    label: str,
    of_others: bool,
    cells: list[str],
    columns: list[Column],
    budget: int,
) -> Row:
    """Makes a row; checkpoints beyond the task's budget are left empty."""
    within = (mark is END or mark <= budget for _, mark in columns)
    shown = (text if fits else "" for text, fits in zip(cells, within, strict=True))
    return Row(task, label, of_others, tuple(shown))


def _heading(column: Column, late: bool) -> str:
    """Writes where a column's scores are taken, and which score of a run it is."""
    kind, mark = column
    at = "end of the run" if mark is END else f"{mark:,} steps"
    at += ", mean action" if kind == "mean" else ""
    if not late:
        return f"{at}, last evaluation"
    return f"{at}, mean of the last {mark - window_start(mark):,}"


def _number(value: float) -> str:
    """Writes returns without decimals, and small ones with one."""
    return f"{value:.1f}" if abs(value) < 10 else f"{value:.0f}"
