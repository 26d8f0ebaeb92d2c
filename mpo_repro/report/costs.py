"""What each change costs: an arm's final score less that of its reference."""

import math
import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mpo_repro.analysis.results import Results
from mpo_repro.analysis.statistics.contrasts import welch
from mpo_repro.analysis.statistics.multiplicity import holm_p_values
from mpo_repro.report import final_scores, style
from mpo_repro.report.designs import Change

ROW = 0.36  # inches
CONFIDENCE = 0.95
ALPHA = 0.05  # of false differences among all changes on a task
COLOURS = {"worse": "#D55E00", "better": "#0072B2", "open": "#4d4d4d"}
SHAPES = {"worse": "v", "better": "^", "open": "o"}
WIDTH = 40  # characters of a row's name in a line
FEWEST = 2  # changes that make a chart


def effects(results: Results, changes: list[Change], kind: str) -> pd.DataFrame:
    """Estimates each change's effect on the final score.

    Args:
      results: the study's results.
      changes: what is compared.
      kind: sampled or mean: how the evaluated policy chose its actions.

    Returns:
      place (in `changes`), task, effect, low, high (Welch's 95 % interval, in return;
      NaN where a side has fewer than `final_scores.FEWEST` runs), p (of no difference,
      two-sided, after Holm over the task's changes; NaN likewise), arm_runs,
      reference_runs; a row for each change and task of which both sides have a run.
    """
    scores = results.final_scores(kind)
    rows = []
    for place, change in enumerate(changes):
        for task in results.tasks:
            sides = [
                scores.loc[(scores["arm"] == a) & (scores["task"] == task), "score"]
                for a in (change.arm, change.reference)
            ]
            if all(len(side) for side in sides):
                rows.append({"place": place, "task": task} | _estimate(*sides))
    names = "place task effect low high p arm_runs reference_runs"
    table = pd.DataFrame(rows, columns=names.split())
    table["p"] = table.groupby("task")["p"].transform(holm_p_values)
    return table


def severity(effects: pd.DataFrame) -> pd.Series:
    """Sorts changes by what they cost, tasks counting alike whatever their returns.

    Args:
      effects: as `effects` returns them.

    Returns:
      place -> the mean over tasks of the effect in shares of the largest one there;
      the costliest first.
    """
    largest = effects["effect"].abs().groupby(effects["task"]).transform("max")
    shares = effects["effect"] / largest.where(largest > 0, 1.0)
    return shares.groupby(effects["place"]).mean().sort_values(kind="stable")


def _estimate(arm: pd.Series, reference: pd.Series) -> dict[str, float]:
    low = high = p = math.nan
    if min(len(arm), len(reference)) >= final_scores.FEWEST:
        estimate = welch(arm.to_numpy(), reference.to_numpy())
        low, high = estimate.interval(CONFIDENCE)
        p = min(1.0, 2 * min(estimate.above(0), estimate.below(0)))
    return {
        "effect": float(arm.mean() - reference.mean()),
        "low": low,
        "high": high,
        "p": p,
        "arm_runs": len(arm),
        "reference_runs": len(reference),
    }


def costs(results: Results, changes: list[Change], kind: str) -> Figure:
    """Draws the effects, a panel a task that has any, the costliest change on top.

    Args:
      results: the study's results.
      changes: what is compared, at least one with an effect; others have an empty row.
      kind: sampled or mean.

    Returns:
      The figure. A marker's shape and colour say on which side of no effect the whole
      interval lies; it is full where that holds among all changes on the task.
    """
    table = effects(results, changes, kind)
    found = list(severity(table).index)
    order = found + [place for place in range(len(changes)) if place not in found]
    names = [_wrapped(changes[place].text) for place in order]
    tasks = [task for task in results.tasks if (table["task"] == task).any()]
    columns = min(4, len(tasks))
    rows = -(-len(tasks) // columns)
    size = 3.0 + 2.2 * columns, rows * (ROW * len(changes) + 0.8)
    figure, axes = style.plt.subplots(
        rows, columns, figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for axis in axes.ravel()[len(tasks) :]:
        axis.set_axis_off()
    for axis, task in zip(axes.ravel(), tasks, strict=False):
        for row in table[table["task"] == task].itertuples():
            _draw(axis, order.index(row.place), row)
        _furnish(axis, task, names)
    figure.supxlabel("difference of mean return", fontsize=9)
    return figure


def _furnish(axis: Axes, title: str, names: list[str]) -> None:
    """Gives a panel its title, a row for each name, and the line of no effect."""
    axis.set_title(title)
    axis.locator_params(axis="x", nbins=4)
    axis.axvline(0, color="#8a8a8a", lw=1)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.grid(lw=0.4, color="#dddddd")
    axis.spines[["top", "right", "left"]].set_visible(False)


def _draw(axis: Axes, height: int, row) -> None:
    side = "open"
    if row.high < 0 or row.low > 0:
        side = "worse" if row.high < 0 else "better"
    look = {"color": COLOURS[side], "zorder": 3}
    if math.isfinite(row.low):
        axis.plot((row.low, row.high), (height, height), lw=1.6, **look)
    full = side == "open" or row.p <= ALPHA
    edge = {"mec": "white", "mew": 0.6} if full else {"mfc": "white", "mew": 1.2}
    axis.plot(row.effect, height, SHAPES[side], ms=6, **edge, **look)


def _wrapped(text: str) -> str:
    """Breaks a long name, at best before its brackets."""
    broken = text.replace(" (", "\n(", 1) if len(text) > WIDTH else text
    return "\n".join(textwrap.fill(line, WIDTH) for line in broken.split("\n"))
