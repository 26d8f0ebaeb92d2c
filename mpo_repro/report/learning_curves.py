"""Learning curves in the paper's manner, and the comparison of arms on one task."""

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results
from mpo_repro.report import style

# More arms in a panel than this, and bands hide each other: lines only, then.
BANDS = 3
TITLE_WIDTH = 26  # characters that fit above a panel
# Returns of the control suite lie in [0, 1000]; a panel in which all stay below one
# of these has it as its upper end.
UPPER_ENDS = (10, 30, 100, 300, 500, 1000)


def learning_curves(results: Results, kind: str) -> Figure:
    """Draws one panel a task: each arm's median over seeds with its 5-95 % band.

    Args:
      results: the study's results.
      kind: sampled or mean: how the evaluated policy chose its actions.

    Returns:
      The figure; published MPO lies behind in grey where it covers the task.
    """
    curves = results.curve_quantiles(kind)
    figure, axes = style.panels(len(results.tasks))
    shown = [
        draw_published(axis, task, results.budget(task))
        for axis, task in zip(axes, results.tasks, strict=True)
    ]
    band = with_bands(results)
    for axis, task in zip(axes, results.tasks, strict=True):
        for arm in reversed(results.arms_on(task)):
            rows = curves[(curves["task"] == task) & (curves["arm"] == arm)]
            draw_arm(axis, rows, style.line(results.labels, results.arms, arm), band)
        finish(axis, task, results.budget(task))
    label_outer(figure)
    style.legend(figure, entries_of(results, results.arms, any(shown)))
    return figure


def with_bands(results: Results) -> bool:
    """Says whether learning curves have bands: no panel has too many arms."""
    return max(len(results.arms_on(task)) for task in results.tasks) <= BANDS


def limits(lowest: float, highest: float) -> tuple[float, float] | None:
    """Chooses the ends of an axis of returns.

    Args:
      lowest, highest: of the returns shown.

    Returns:
      The ends, with a margin; None where returns are not those of the control suite
      and the axis is best fitted to them.
    """
    upper = next((end for end in UPPER_ENDS if end >= highest), None)
    if upper is None or lowest < 0:
        return None
    return -0.02 * upper, 1.02 * upper


def ablation(results: Results, task: str, kind: str) -> Figure:
    """Draws every arm of a task in a panel of its own, against the first arm.

    Args:
      results: the study's results; at least two arms have runs of the task.
      task: which task.
      kind: sampled or mean.

    Returns:
      The figure: in each panel the arm's median and 5-95 % band over seeds, and in
      grey the median and band of the first arm that learnt the task.
    """
    curves = results.curve_quantiles(kind)
    curves = curves[curves["task"] == task]
    first, *others = results.arms_on(task)
    figure, axes = style.panels(len(others))
    reference = {"color": "#777777", "linestyle": (0, (2, 1.5))}
    for axis, arm in zip(axes, others, strict=True):
        draw_arm(axis, curves[curves["arm"] == first], reference, band=True)
        draw_arm(axis, curves[curves["arm"] == arm], _alone(results, arm), band=True)
        title = textwrap.fill(results.labels[arm], TITLE_WIDTH)
        finish(axis, title, results.budget(task))
    _same_returns(axes)
    label_outer(figure)
    entries = [(results.labels[first], style.band_handle(**reference))]
    style.legend(figure, entries)
    return figure


def _same_returns(axes: list[Axes]) -> None:
    """Gives panels of one task one axis of returns, so that they can be compared."""
    lower, upper = zip(*(axis.get_ylim() for axis in axes), strict=True)
    for axis in axes:
        axis.set_ylim(min(lower), max(upper))


def _alone(results: Results, arm: str) -> dict[str, object]:
    """An arm's line in its own panel: its colour elsewhere, if it has one there."""
    crowded = style.crowded(results.arms)
    place = 0 if crowded else list(results.labels).index(arm)
    return style.arm_style(place)


def draw_arm(axis: Axes, rows: pd.DataFrame, look: dict, band: bool) -> None:
    """Adds a median line, and the band between the quantiles."""
    axis.plot(rows["environment_steps"], rows["median"], **{"lw": 1.5} | look)
    if band:
        axis.fill_between(
            rows["environment_steps"],
            rows["low"],
            rows["high"],
            color=look["color"],
            alpha=0.18,
            lw=0,
        )


def draw_published(axis: Axes, task: str, steps: int) -> bool:
    """Adds the published curve up to the study's budget; False if there is none."""
    curve = published.quantile_curve(task, steps)
    if curve.empty:
        return False
    grey = style.PUBLISHED
    x = curve["environment_steps"]
    axis.fill_between(x, curve["low"], curve["high"], color=grey, alpha=0.25, lw=0)
    axis.plot(x, curve["median"], color=grey, lw=1.5)
    return True


def finish(axis: Axes, title: str, steps: int) -> None:
    """Gives a panel its title, limits and grid, once its curves are drawn."""
    style.steps_axis(axis, steps)
    ends = limits(axis.dataLim.ymin, axis.dataLim.ymax)
    if ends:
        axis.set_ylim(*ends)
    axis.set_title(title)
    axis.grid(axis="y", lw=0.4, color="#dddddd")
    axis.spines[["top", "right"]].set_visible(False)


def label_outer(figure: Figure) -> None:
    """Names the axes of all panels."""
    figure.supxlabel("environment steps", fontsize=9)
    figure.supylabel("episode return", fontsize=9)


def entries_of(results: Results, arms: tuple[str, ...], with_published: bool) -> list:
    """Lists what a legend of arms says, published MPO last."""
    entries = style.entries(results.labels, arms)
    if with_published:
        entries.append((published.LABEL, style.band_handle(style.PUBLISHED)))
    return entries
