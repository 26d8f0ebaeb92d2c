"""How long the runs took."""

from matplotlib.figure import Figure

from mpo_repro.analysis.results import Results
from mpo_repro.report import style
from mpo_repro.report.lanes import lanes


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
    runs["rate"] = runs["steps"] / runs["seconds"].where(runs["seconds"] > 0)
    rows = lanes(results)
    height = max(2.0, 0.2 * rows.count + 1.1)
    figure, axes = style.plt.subplots(
        1, 2, figsize=(7.4, height), sharey=True, layout="constrained"
    )
    columns = (("minutes", "minutes a run"), ("rate", "environment steps per second"))
    for axis, (column, title) in zip(axes, columns, strict=True):
        for task, arms in rows.arms.items():
            for arm, place in arms.items():
                chosen = (runs["task"] == task) & (runs["arm"] == arm)
                _draw_row(axis, results, arm, runs.loc[chosen, column], place)
        axis.set_xlabel(title)
        axis.set_xlim(left=0)
        axis.grid(axis="x", lw=0.4, color="#dddddd")
        axis.spines[["top", "right", "left"]].set_visible(False)
        rows.label(axis, {task: task for task in results.tasks})
    style.legend(figure, [] if rows.labels else _entries(results))
    return figure


def _draw_row(axis, results: Results, arm: str, values, height: int) -> None:
    place = list(results.labels).index(arm)
    color = style.arm_style(place)["color"]
    values = values.dropna()
    if values.empty:
        return
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
