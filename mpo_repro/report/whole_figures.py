"""Figures of the suite as a whole: aggregates, profiles, and how soon runs get far."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mpo_repro.analysis import suite_scores
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.suite_scores import HALF, IMPROVEMENT, Suite
from mpo_repro.report import style

ROW = 0.3  # inches of an arm
WIDTH = 20  # characters of a line beside or above a panel
BANDS = 3  # more arms than this, and bands hide each other
# What aggregates are called, in the order of panels and columns.
NAMES = {
    "mean": "mean",
    "median": "median over tasks",
    "iqm": "interquartile mean",
    "optimality_gap": "optimality gap",
    IMPROVEMENT: "chance to beat {first}",
}


def headings(results: Results, suite: Suite, table: pd.DataFrame) -> dict[str, str]:
    """Names the aggregates that are in a table; name -> words."""
    first = results.labels[next(iter(suite.arms))]
    present = [name for name in NAMES if (table["name"] == name).any()]
    return {name: NAMES[name].format(first=first) for name in present}


def _looks(results: Results, suite: Suite) -> dict[str, dict]:
    places = list(results.labels)
    return {arm: style.arm_style(places.index(arm)) for arm in suite.arms}


def aggregates(results: Results, suite: Suite) -> Figure:
    """Draws each arm's aggregates and intervals, a panel an aggregate."""
    table = suite_scores.aggregates(suite)
    names = headings(results, suite, table)
    height = ROW * len(suite.arms) + 0.8
    figure, axes = style.panels(len(names), columns=len(names), size=(1.75, height))
    for axis, (name, words) in zip(axes, names.items(), strict=True):
        _column(axis, results, suite, table[table["name"] == name].set_index("arm"))
        axis.set_title(_wrapped(words), loc="left")
        axis.set_yticks(range(len(suite.arms)), [])
    labels = [results.labels[arm] for arm in suite.arms]
    axes[0].set_yticks(range(len(labels)), [_wrapped(label) for label in labels])
    if IMPROVEMENT in names:
        axes[-1].axvline(0.5, color="#8a8a8a", lw=1)
        axes[-1].set_xlim(-0.03, 1.03)
    return figure


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH)


def _column(axis, results: Results, suite: Suite, table: pd.DataFrame) -> None:
    for place, (arm, look) in enumerate(_looks(results, suite).items()):
        if arm not in table.index:
            continue
        row = table.loc[arm]
        if np.isfinite([row["low"], row["high"]]).all():
            axis.plot((row["low"], row["high"]), (place, place), lw=1.8, **look)
        marker = {"marker": style.marker(list(results.labels).index(arm))}
        axis.plot(row["effect"], place, ms=6, color=look["color"], **marker)
    axis.set_ylim(len(suite.arms) - 0.4, -0.6)
    axis.grid(axis="x", lw=0.4, color="#dddddd")
    axis.locator_params(axis="x", nbins=4)
    axis.tick_params(axis="y", length=0)
    axis.spines[["top", "right", "left"]].set_visible(False)


def profiles(results: Results, suite: Suite) -> Figure:
    """Draws each arm's performance profile, with bands where these are few."""
    figure, (axis,) = style.panels(1, size=(5.6, 2.8))
    for arm, curve in suite_scores.profiles(suite).items():
        look = _looks(results, suite)[arm]
        axis.step(curve["threshold"], curve["share"], where="post", lw=1.5, **look)
        # Of too few runs, bands reach from 0 to 1 everywhere.
        if len(suite.arms) <= BANDS and curve["low"].any():
            ends = curve["threshold"], curve["low"], curve["high"]
            band = {"color": look["color"], "alpha": 0.18, "lw": 0, "step": "post"}
            axis.fill_between(*ends, **band)
    axis.set_xlabel("return")
    axis.set_ylabel("share of runs above it")
    _finish(figure, axis, results, suite)
    return figure


def waiting(results: Results, suite: Suite) -> Figure:
    """Draws what share of each arm's runs has not had a return of HALF yet."""
    figure, (axis,) = style.panels(1, size=(5.6, 2.8))
    last = max(results.budget(task) for task in suite.tasks)
    ends = sorted({results.budget(task) for task in suite.tasks})
    for arm, curve in suite_scores.waiting(results, suite).items():
        look = _looks(results, suite)[arm]
        steps = np.concatenate([[0], curve["time"], [last]])
        share = np.concatenate([[1], curve["share"]])
        share = np.append(share, share[-1])
        axis.step(steps, share, where="post", lw=1.5, **look)
        marks = share[np.searchsorted(steps[:-1], ends, side="right") - 1]
        axis.plot(ends, marks, "|", ms=8, color=look["color"], clip_on=False)
    style.steps_axis(axis, last)
    axis.set_xlabel("environment steps")
    axis.set_ylabel(f"share of runs below {HALF:.0f}")
    _finish(figure, axis, results, suite)
    return figure


def _finish(figure: Figure, axis, results: Results, suite: Suite) -> None:
    axis.set_ylim(-0.02, 1.02)
    axis.grid(axis="y", lw=0.4, color="#dddddd")
    axis.spines[["top", "right"]].set_visible(False)
    looks = _looks(results, suite)
    entries = [
        (results.labels[a], style.line_handle(**look)) for a, look in looks.items()
    ]
    style.legend(figure, entries)
