"""How scores depend on two settings: a heat map a task."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mpo_repro.analysis.quantiles import bounds_of, mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.report import style
from mpo_repro.report.designs import Grid

COLOURS = "cividis"  # even steps of lightness, and safe for the colour-blind
CELL = (0.95, 0.62)  # inches


def tasks_of(results: Results, grid: Grid, kind: str) -> list[str]:
    """Lists the tasks on which an arm of the grid has a final score."""
    scores = results.final_scores(kind)
    present = set(scores.loc[scores["arm"].isin(list(grid.arms.values())), "task"])
    return [task for task in results.tasks if task in present]


def heat_maps(results: Results, grid: Grid, kind: str) -> Figure:
    """Draws final scores over the grid's two settings.

    Args:
      results: the study's results.
      grid: the arms, one of which has a final score on a task.
      kind: sampled or mean: how the evaluated policy chose its actions.

    Returns:
      The figure: each cell has the mean over seeds, beneath it the ends of the 95 %
      Student interval and the number of seeds; one scale of colours a task. A cell
      without a finished run is hatched.
    """
    scores = results.final_scores(kind)
    rows, columns = len(grid.row_values), len(grid.column_values)
    size = (CELL[0] * columns + 1.6, CELL[1] * rows + 0.9)
    tasks = tasks_of(results, grid, kind)
    figure, axes = style.panels(len(tasks), columns=3, size=size)
    for axis, task in zip(axes, tasks, strict=True):
        of_task = scores[scores["task"] == task]
        found = {arm: rows["score"].to_numpy() for arm, rows in of_task.groupby("arm")}
        cells = {
            place: mean_interval(found.get(arm, ()), bounds=bounds_of(task))
            for place, arm in grid.arms.items()
        }
        _draw(figure, axis, cells, (rows, columns))
        axis.set_title(task)
        axis.set_xticks(range(columns), grid.column_values)
        axis.set_yticks(range(rows), grid.row_values)
        axis.set_xlabel(grid.columns)
        axis.set_ylabel(grid.rows)
    return figure


def _draw(figure: Figure, axis: Axes, cells: dict, shape: tuple[int, int]) -> None:
    means = np.full(shape, np.nan)
    for place, cell in cells.items():
        means[place] = cell["mean"]
    axis.set_facecolor("#eeeeee")
    image = axis.imshow(means, cmap=COLOURS, aspect="auto")
    axis.tick_params(length=0)
    for (row, column), cell in cells.items():
        if not cell["n"]:
            box = {"fill": False, "hatch": "///", "ec": "#8a8a8a", "lw": 0}
            corner = (column - 0.5, row - 0.5)
            axis.add_patch(style.plt.Rectangle(corner, 1, 1, **box))
            continue
        red, green, blue, _ = image.to_rgba(cell["mean"])
        light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.45
        look = {"ha": "center", "va": "center", "color": "k" if light else "w"}
        axis.text(column, row, _text(cell), fontsize=7.5, linespacing=1.35, **look)
    bar = figure.colorbar(image, ax=axis, shrink=0.9)
    bar.set_label("mean return")
    bar.outline.set_visible(False)


def _text(cell: dict) -> str:
    """Writes a cell: "812\\n790 to 834\\n5 seeds"; one seed has no interval."""
    count = f"{cell['n']} seed{'s' if cell['n'] > 1 else ''}"
    ends = f"\n{cell['low']:.0f} to {cell['high']:.0f}" if cell["n"] > 1 else ""
    return f"{cell['mean']:.0f}{ends}\n{count}"
