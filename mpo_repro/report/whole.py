"""The section on the suite as a whole: its figures' texts, and a table of numbers."""

import math
from functools import partial

import numpy as np
import pandas as pd

from mpo_repro.analysis import suite_scores
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.suite_scores import HALF, IMPROVEMENT, Suite
from mpo_repro.report import whole_figures
from mpo_repro.report.planned import Plan

NAME = "whole-"  # how the names of these figures begin
_INTERVAL = (
    "95 % intervals by stratified bootstrap (10,000 resamples of each task's runs), "
    "none for an arm with one or two runs on a task."
)


def plans(results: Results) -> list[Plan]:
    """Lists the figures; none for fewer than two tasks of the control suite.

    Args:
      results: the study's results.
    """
    found = suite_scores.suite(results)
    if found is None:
        return []
    arms = ", ".join(results.labels[arm] for arm in found.arms)
    on = f"on {', '.join(found.tasks)}, for {arms}"
    texts = {
        "aggregates": (
            "Aggregates",
            f"{_AGGREGATES} {_INTERVAL}{_left_out(results, found)}",
            f"Mean, median, interquartile mean and optimality gap {on}. The table "
            "under the figures has the numbers and their intervals.",
        ),
        "profiles": (
            "Performance profiles",
            f"{_PROFILES} Bands, of up to {whole_figures.BANDS} arms: {_INTERVAL}",
            f"Share of runs above each return from 0 to 1,000 {on}.",
        ),
        "waiting": (
            f"Runs without a return of {HALF:.0f} so far",
            _WAITING,
            f"Share of runs not yet at {HALF:.0f} against environment steps {on}.",
        ),
    }
    return [
        Plan(f"{NAME}{name}", *said, partial(_DRAWN[name], results, found))
        for name, said in texts.items()
    ]


_DRAWN = {
    "aggregates": whole_figures.aggregates,
    "profiles": whole_figures.profiles,
    "waiting": whole_figures.waiting,
}
_AGGREGATES = (
    "Return at the end of a run's budget, with actions sampled from the policy, over "
    "all tasks, each of which weighs the same. Median: of the tasks' means. "
    "Interquartile mean: of the middle half of all runs. Optimality gap: how far runs "
    "fall short of 1,000 on average; less is better. Chance: that a run beats one of "
    "the first arm on the same task. A run that diverged scores 0."
)
_PROFILES = (
    "How many of an arm's runs end with more than a return; tasks weigh the same. "
    "Where one arm's line is above another's everywhere, it is better whatever one "
    "asks for."
)
_WAITING = (
    "Kaplan-Meier: runs of all tasks, of which each counts until an evaluation reaches "
    "the return, or until its budget ends (a tick), after which nothing is known of it."
)


def _left_out(results: Results, suite: Suite) -> str:
    if not suite.partial:
        return ""
    names = ", ".join(results.labels[arm] for arm in suite.partial)
    return f" Without a score on each of these tasks, and not shown: {names}."


def section(results: Results, drawn: dict[str, dict]) -> dict | None:
    """Gathers what the page shows of the suite.

    Args:
      results: the study's results.
      drawn: name -> what the page shows of a figure.

    Returns:
      tasks, figures, headings, rows (label, runs, cells); None without the figures.
    """
    figures = [one for name, one in drawn.items() if name.startswith(NAME)]
    found = suite_scores.suite(results)
    if found is None or not figures:
        return None
    table = suite_scores.aggregates(found)
    words = whole_figures.headings(results, found, table)
    cells = table.set_index(["arm", "name"])
    spread = suite_scores.spreads(found)
    rows = [
        {
            "label": results.labels[arm],
            "runs": int(np.isfinite(scores).sum()),
            "cells": [*(_cell(cells, arm, n) for n in words), _number(spread[arm])],
        }
        for arm, scores in found.arms.items()
    ]
    said = [text[0].upper() + text[1:] for text in words.values()]
    return {
        "tasks": found.tasks,
        "figures": figures,
        "headings": [*said, "SD over seeds"],
        "rows": rows,
    }


def _cell(table: pd.DataFrame, arm: str, name: str) -> str:
    """Writes an aggregate with its interval: "782 (750 to 811)"."""
    if (arm, name) not in table.index:
        return "–"
    row = table.loc[(arm, name)]
    share = name == IMPROVEMENT
    text = _number(row["effect"], share)
    if not np.isfinite([row["low"], row["high"]]).all():
        return text
    return f"{text} ({_number(row['low'], share)} to {_number(row['high'], share)})"


def _number(value: float, share: bool = False) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.2f}" if share else f"{value:.0f}"
