"""How long the runs took."""

import numpy as np
from matplotlib.figure import Figure

from mpo_repro.analysis.results import Results
from mpo_repro.report import style


def time_use(results: Results) -> Figure:
    """Draws minutes a run and environment steps a second, a dot a run.

    Args:
      results: the study's results.

    Returns:
      The figure: on the left wall time of each run, on the right its environment
      steps per second over the whole run (evaluation included); bars are means.
    """
    runs = results.run_seconds
    runs = runs.assign(minutes=runs["seconds"] / 60)
    runs["rate"] = results.steps / runs["seconds"].where(runs["seconds"] > 0)
    lanes = len(results.arms) + 1
    height = max(2.0, 0.2 * lanes * len(results.tasks) + 1.1)
    figure, axes = style.plt.subplots(
        1, 2, figsize=(7.4, height), sharey=True, layout="constrained"
    )
    columns = (("minutes", "minutes a run"), ("rate", "environment steps per second"))
    for axis, (column, title) in zip(axes, columns, strict=True):
        for index, arm in enumerate(results.arms):
            _draw_arm(axis, results, runs[runs["arm"] == arm], column, index)
        axis.set_xlabel(title)
        axis.set_xlim(left=0)
        axis.grid(axis="x", lw=0.4, color="#dddddd")
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.tick_params(axis="y", length=0)
    centres = np.arange(len(results.tasks)) * lanes + (lanes - 2) / 2
    axes[0].set_yticks(centres, results.tasks)
    axes[0].set_ylim(len(results.tasks) * lanes - 0.8, -0.8)
    style.legend(figure, _entries(results))
    return figure


def _draw_arm(axis, results: Results, runs, column: str, index: int) -> None:
    place = list(results.labels).index(results.arms[index])
    color = style.arm_style(place)["color"]
    for number, task in enumerate(results.tasks):
        values = runs.loc[runs["task"] == task, column].dropna()
        if values.empty:
            continue
        height = number * (len(results.arms) + 1) + index
        axis.barh(height, values.mean(), height=0.75, color=color, alpha=0.3, lw=0)
        shape = style.marker(place)
        axis.plot(values, [height] * len(values), shape, ms=3.2, color=color, mew=0)


def _entries(results: Results) -> list:
    entries = []
    for arm in results.arms:
        place = list(results.labels).index(arm)
        look = {"color": style.arm_style(place)["color"], "marker": style.marker(place)}
        entries.append((results.labels[arm], style.line_handle(ls="", ms=5, **look)))
    return entries
