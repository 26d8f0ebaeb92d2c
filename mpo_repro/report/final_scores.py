"""Final scores: a dot a seed, the mean with its interval, the published score."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mpo_repro.analysis import published
from mpo_repro.analysis.quantiles import mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.scores import scores_at
from mpo_repro.report import style

ROW = 0.24  # inches for one arm of one task
# An interval from two seeds is as wide as the whole scale and says nothing.
FEWEST = 3


def final_scores(results: Results, kind: str) -> Figure:
    """Draws each run's last evaluation, a row per task and arm.

    Args:
      results: the study's results.
      kind: sampled or mean: how the evaluated policy chose its actions.

    Returns:
      The figure: small dots are seeds, the large marker is their mean with the 95 %
      Student interval (from FEWEST seeds on), the grey line and area are the
      published mean and its interval at the same number of steps.
    """
    scores = scores_at(results.curves, kind, results.steps)
    rows = len(results.arms) + 1
    height = ROW * rows * len(results.tasks) + 1.2
    figure = style.plt.figure(figsize=(7.2, max(height, 2.2)), layout="constrained")
    axis = figure.add_subplot()
    for place, task in enumerate(results.tasks):
        top = place * rows
        _draw_published(axis, task, results.steps, top, rows)
        for index, arm in enumerate(results.arms):
            chosen = (scores["task"] == task) & (scores["arm"] == arm)
            _draw_row(axis, results, arm, scores.loc[chosen, "score"], top + index)
    _finish(axis, results, rows)
    style.legend(figure, _entries(results))
    return figure


def _draw_row(axis: Axes, results: Results, arm: str, values, height: float) -> None:
    index = list(results.labels).index(arm)
    color = style.arm_style(index)["color"]
    summary = mean_interval(values.to_numpy())
    if not summary["n"]:
        return
    # Seeds that coincide are drawn apart, by the same shift every time.
    shift = 0.22 * np.linspace(-1, 1, len(values)) if len(values) > 1 else np.zeros(1)
    axis.plot(values, height + shift, "o", ms=3.4, color=color, alpha=0.6, mew=0)
    if summary["n"] >= FEWEST:
        interval = (summary["low"], summary["high"])
        axis.plot(interval, (height, height), color=color, lw=1.4)
    face = {"ms": 6.5, "color": color, "mec": "white", "mew": 0.8}
    axis.plot(summary["mean"], height, style.marker(index), **face)


def _draw_published(axis: Axes, task: str, steps: int, top: int, rows: int) -> None:
    values = published.scores(task, steps)
    if not len(values):
        return
    summary = mean_interval(values)
    bottom, last = top - 0.5, top + rows - 1.5
    area = (summary["low"], summary["high"])
    axis.fill_betweenx((bottom, last), *area, color=style.PUBLISHED, alpha=0.25, lw=0)
    axis.plot((summary["mean"],) * 2, (bottom, last), color=style.PUBLISHED, lw=1.4)


def _finish(axis: Axes, results: Results, rows: int) -> None:
    centres = np.arange(len(results.tasks)) * rows + (rows - 2) / 2
    axis.set_yticks(centres, results.tasks)
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(results.tasks) * rows - 0.8, -0.8)
    axis.set_xlim(-20, 1020)
    axis.set_xlabel(f"mean return of the last evaluation, {results.steps:,} steps")
    axis.grid(axis="x", lw=0.4, color="#dddddd")
    axis.spines[["top", "right", "left"]].set_visible(False)


def _entries(results: Results) -> list:
    entries = []
    for arm in results.arms:
        index = list(results.labels).index(arm)
        look = {"color": style.arm_style(index)["color"], "marker": style.marker(index)}
        entries.append((results.labels[arm], style.line_handle(lw=1.4, ms=6, **look)))
    shown = any(len(published.scores(t, results.steps)) for t in results.tasks)
    if shown:
        entries.append((published.LABEL, style.band_handle(style.PUBLISHED)))
    return entries
