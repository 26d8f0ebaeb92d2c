"""Final scores: a dot a seed, the mean with its interval, the published score."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mpo_repro.analysis import published
from mpo_repro.analysis.quantiles import mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.report import style
from mpo_repro.report.lanes import Lanes, lanes

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
    scores = results.final_scores(kind)
    rows = lanes(results)
    height = ROW * rows.count + 1.2
    figure = style.plt.figure(figsize=(7.2, max(height, 2.2)), layout="constrained")
    axis = figure.add_subplot()
    for task, arms in rows.arms.items():
        _draw_published(axis, task, results.budget(task), rows.span(task))
        for arm, place in arms.items():
            chosen = (scores["task"] == task) & (scores["arm"] == arm)
            _draw_row(axis, results, arm, scores.loc[chosen, "score"], place)
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


def _draw_published(
    axis: Axes, task: str, steps: int, span: tuple[float, float]
) -> None:
    values = published.scores(task, steps)
    if not len(values):
        return
    summary = mean_interval(values)
    area = (summary["low"], summary["high"])
    axis.fill_betweenx(span, *area, color=style.PUBLISHED, alpha=0.25, lw=0)
    axis.plot((summary["mean"],) * 2, span, color=style.PUBLISHED, lw=1.4)


def _finish(axis: Axes, results: Results, rows: Lanes) -> None:
    budgets = {task: results.budget(task) for task in results.tasks}
    if len(set(budgets.values())) == 1:
        names = {task: task for task in budgets}
        at = f"{budgets[results.tasks[0]]:,} steps"
    else:
        names = {task: f"{task}\n{style.short(n)} steps" for task, n in budgets.items()}
        at = "each task's budget"
    rows.label(axis, names)
    axis.set_xlim(-20, 1020)
    axis.set_xlabel(f"mean return of the last evaluation, {at}")
    axis.grid(axis="x", lw=0.4, color="#dddddd")
    axis.spines[["top", "right", "left"]].set_visible(False)


def _entries(results: Results) -> list:
    entries = []
    for arm in results.arms:
        index = list(results.labels).index(arm)
        look = {"color": style.arm_style(index)["color"], "marker": style.marker(index)}
        entries.append((results.labels[arm], style.line_handle(lw=1.4, ms=6, **look)))
    shown = any(len(published.scores(t, results.budget(t))) for t in results.tasks)
    if shown:
        entries.append((published.LABEL, style.band_handle(style.PUBLISHED)))
    return entries
