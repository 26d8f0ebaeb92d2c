"""How every figure looks, and the one way in which figures are written."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from mpo_repro.config.whole import write_whole

mpl.use("Agg")

# Okabe and Ito's palette (2008), which readers with colour vision deficiency can
# tell apart; its yellow is left out, being too light for a line on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
# Another line style per turn through the palette, and within it, so that arms are
# told apart without colour too.
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
PUBLISHED = "#8a8a8a"
CROWD = 10  # arms; of more in a panel only the first stands out
CROWDED = "Thin lines: all other arms, which the chart on the page names. "
LEGEND_LINE = 0.19  # inches
_SETTINGS = {
    "svg.hashsalt": "mpo_repro",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "legend.fontsize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "figure.dpi": 100,
    "savefig.dpi": 130,
    "path.simplify": True,
}
# Without these the day and the library's version go into the file.
_METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


@contextmanager
def look() -> Iterator[None]:
    """Draws with the house's settings, and leaves matplotlib as it was."""
    with mpl.rc_context():
        mpl.rcdefaults()
        sns.set_theme(context="paper", style="ticks", rc=_SETTINGS)
        try:
            yield
        finally:
            plt.close("all")


def arm_style(index: int) -> dict[str, object]:
    """Gives an arm's colour and line style by its place in the study.

    Args:
      index: 0 for the study's first arm.

    Returns:
      Keyword arguments of a line: color and linestyle. 35 arms differ.
    """
    turn = index // len(PALETTE)
    return {
        "color": PALETTE[index % len(PALETTE)],
        "linestyle": DASHES[(index + turn) % len(DASHES)],
    }


def crowded(arms: Sequence[str]) -> bool:
    """Says whether so many arms cannot be told apart in one panel."""
    return len(arms) > CROWD


def line(
    labels: Mapping[str, str], arms: Sequence[str], arm: str, width: float = 1.5
) -> dict[str, object]:
    """Gives the line of an arm among others.

    Args:
      labels: arm -> label, of all arms in the study's order.
      arms: those that are drawn.
      arm: one of these.
      width: of its line, points.

    Returns:
      Keyword arguments of a line; where it is crowded the first arm stands out.
    """
    if crowded(arms) and arm != arms[0]:
        return {"color": PALETTE[4], "linestyle": "-", "lw": 0.6, "alpha": 0.7}
    return arm_style(list(labels).index(arm)) | {"lw": width}


def entries(labels: Mapping[str, str], arms: Sequence[str], width: float = 1.5) -> list:
    """Lists what a legend of `line` says: label and handle; arguments as there."""
    lines = {arm: line_handle(**line(labels, arms, arm, width)) for arm in arms}
    if not crowded(arms):
        return [(labels[arm], handle) for arm, handle in lines.items()]
    first, other, *_ = arms
    many = f"each of {len(arms) - 1} others"
    return [(labels[first], lines[first]), (many, lines[other])]


def marker(index: int) -> str:
    """Gives an arm's marker by its place in the study."""
    return MARKERS[index % len(MARKERS)]


def steps_axis(axis, limit: int) -> None:
    """Scales the horizontal axis to environment steps, written as 50K or 1.5M."""
    axis.set_xlim(0, limit)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.locator_params(axis="x", nbins=3)


def log_axis(axis) -> None:
    """Makes the vertical axis logarithmic, with ticks in plain digits.

    Ticks stand at powers of ten; at 1, 2 and 5 where that leaves too few; evenly where
    that does, too.
    """
    axis.set_yscale("log")
    lowest, highest = axis.get_ylim()
    subs = (1,) if highest > 100 * lowest else (1, 2, 5)
    few = MaxNLocator(5, steps=[1, 2, 5, 10])
    wide = highest > 5 * lowest
    axis.yaxis.set_major_locator(LogLocator(subs=subs, numticks=8) if wide else few)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())


def short(value: float) -> str:
    """Writes a number of steps briefly: 100000 -> 100K."""
    for size, letter in ((1e6, "M"), (1e3, "K")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def panels(count: int, columns: int = 4, size: tuple[float, float] = (2.5, 1.95)):
    """Makes a grid of panels with room for a legend above.

    Args:
      count: how many panels are needed.
      columns: at most this many beside each other.
      size: width and height of a panel, inches.

    Returns:
      The figure and the panels in reading order, a list of `count`; the rest of the
      grid is left blank.
    """
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    shape = (max(size[0] * columns, 5.6), size[1] * rows + 0.55)
    figure, axes = plt.subplots(
        rows, columns, figsize=shape, squeeze=False, layout="constrained"
    )
    axes = axes.ravel()
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, list(axes[:count])


def legend(figure: Figure, entries: list[tuple[str, object]]) -> None:
    """Puts one legend above all panels, in as many columns as fit.

    Args:
      figure: the figure.
      entries: label and handle, in order; none, and there is no legend.
    """
    labels = [label for label, _ in entries]
    handles = [handle for _, handle in entries]
    for columns in range(min(4, len(entries)), 0, -1):
        made = figure.legend(
            handles,
            labels,
            loc="outside upper center",
            ncols=columns,
            frameon=False,
            handlelength=2.8,
        )
        if made.get_window_extent().width <= figure.bbox.width or columns == 1:
            lines = -(-len(entries) // columns)
            figure.set_figheight(figure.get_figheight() + LEGEND_LINE * (lines - 1))
            return
        made.remove()


def line_handle(**style: object) -> Line2D:
    """Makes a legend's sample of a line."""
    return Line2D([], [], **style)


def band_handle(color: str, linestyle: object = "-") -> tuple[Patch, Line2D]:
    """Makes a legend's sample of a line with its band."""
    line = Line2D([], [], color=color, linestyle=linestyle, lw=1.2)
    return Patch(color=color, alpha=0.25, lw=0), line


def save(figure: Figure, stem: Path) -> list[Path]:
    """Writes a figure as SVG and PNG; the same figure gives the same bytes.

    Args:
      figure: the figure.
      stem: path without ending; its folder is made.

    Returns:
      The two paths.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = []
    for ending, metadata in _METADATA.items():
        path = stem.parent / f"{stem.name}.{ending}"
        write_whole(path, partial(figure.savefig, format=ending, metadata=metadata))
        paths.append(path)
    plt.close(figure)
    return paths
