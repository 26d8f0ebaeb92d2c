"""Final scores: a dot a seed, the mean with its interval, the published score."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mpo_repro.analysis import published
from mpo_repro.analysis.quantiles import bounds_of, mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.report import style
from mpo_repro.report.lanes import Lanes, lanes

ROW = 0.24  # inches for one arm of one task
# An interval from two seeds is as wide as the whole scale and says nothing.
FEWEST = 3
# Where returns of the control suite lie, and the axis that its tasks share.
RETURNS, SHARED = (0, 1000), (-20, 1020)


def final_scores(results: Results, kind: str) -> Figure:
    """Draws each run's score at its end, a row per task and arm.

    It is the last evaluation, or, where there are published runs of any of the tasks,
    the mean of the last evaluations, as of these; see `score_name`.

    Args:
      results: the study's results.
      kind: sampled or mean: how the evaluated policy chose its actions.

    Returns:
      The figure, a panel for the control suite and one for each task with returns
      elsewhere: small dots are seeds, the large marker is their mean with the 95 %
      Student interval (from FEWEST seeds on), the grey line and area are the
      published mean and its interval at the same number of steps.
    """
    late = beside_published(results)
    scores = results.late_scores(kind) if late else results.final_scores(kind)
    found = panels(results, scores)
    rows = [lanes(results, tasks) for tasks in found]
    counts = [one.count for one in rows]
    height = sum(ROW * count for count in counts) + 0.3 * len(counts) + 0.9
    figure = style.plt.figure(figsize=(7.2, max(height, 2.2)), layout="constrained")
    axes = figure.subplots(len(rows), squeeze=False, height_ratios=counts)[:, 0]
    for axis, tasks, one in zip(axes, found, rows, strict=True):
        _draw_panel(axis, results, scores, one)
        _finish(axis, results, one, SHARED if _fits(scores, tasks[0]) else None)
    figure.supxlabel(f"{score_name(results)}, {_at(results)}", fontsize=9)
    style.legend(figure, _entries(results, () if rows[0].labels else results.arms))
    return figure


def beside_published(results: Results) -> bool:
    """Returns whether some task has published runs at its budget."""
    return any(len(published.scores(t, results.budget(t))) for t in results.tasks)


def score_name(results: Results) -> str:
    """Returns which score of a run the figure shows."""
    if not beside_published(results):
        return "mean return of the last evaluation"
    return "mean return of the last 25,000 steps (or 5 % of them, if that is more)"


def panels(results: Results, scores: pd.DataFrame) -> list[list[str]]:
    """Groups tasks by their axes.

    Args:
      results: the study's results.
      scores: final scores of runs.

    Returns:
      First the tasks of which all scores lie where those of the control suite do, then
      each other one by itself; in the study's order.
    """
    together = [task for task in results.tasks if _fits(scores, task)]
    apart = [[task] for task in results.tasks if task not in together]
    return [together, *apart] if together else apart


def _fits(scores: pd.DataFrame, task: str) -> bool:
    values = scores.loc[scores["task"] == task, "score"].dropna()
    return bool(values.between(*RETURNS).all())


def _draw_panel(axis: Axes, results: Results, scores: pd.DataFrame, rows: Lanes):
    for task, arms in rows.arms.items():
        _draw_published(axis, task, results.budget(task), rows.span(task))
        for arm, place in arms.items():
            chosen = (scores["task"] == task) & (scores["arm"] == arm)
            values = scores.loc[chosen, "score"].to_numpy()
            _draw_row(axis, results, (task, arm), values, place)


def _draw_row(axis: Axes, results: Results, of: tuple, values, height: float) -> None:
    task, arm = of
    index = list(results.labels).index(arm)
    color = style.arm_style(index)["color"]
    summary = mean_interval(values, bounds=bounds_of(task))
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
    summary = mean_interval(values, bounds=bounds_of(task))
    area = (summary["low"], summary["high"])
    axis.fill_betweenx(span, *area, color=style.PUBLISHED, alpha=0.25, lw=0)
    axis.plot((summary["mean"],) * 2, span, color=style.PUBLISHED, lw=1.4)


def _finish(axis: Axes, results: Results, rows: Lanes, ends) -> None:
    alike = len({results.budget(task) for task in results.tasks}) == 1
    names = {
        task: task if alike else f"{task}\n{style.short(results.budget(task))} steps"
        for task in rows.arms
    }
    rows.label(axis, names)
    if ends:
        axis.set_xlim(*ends)
    axis.grid(axis="x", lw=0.4, color="#dddddd")
    axis.spines[["top", "right", "left"]].set_visible(False)


def _at(results: Results) -> str:
    budgets = {results.budget(task) for task in results.tasks}
    return f"{budgets.pop():,} steps" if len(budgets) == 1 else "each task's budget"


def _entries(results: Results, arms: tuple[str, ...]) -> list:
    entries = []
    for arm in arms:
        index = list(results.labels).index(arm)
        look = {"color": style.arm_style(index)["color"], "marker": style.marker(index)}
        entries.append((results.labels[arm], style.line_handle(lw=1.4, ms=6, **look)))
    shown = any(len(published.scores(t, results.budget(t))) for t in results.tasks)
    if shown:
        entries.append((published.LABEL, style.band_handle(style.PUBLISHED)))
    return entries
