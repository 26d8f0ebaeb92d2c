"""Figures of the derivations, drawn from the data in their certificates.

The data is `Certificate.figure` or the same read back from JSON: {"title", "x_label",
"y_label", "x_log", "y_log", "series": [{"label", "x", "y"}, ...]}.
"""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from mpo_repro.report import style

SIZE = (5.2, 2.9)  # of a single panel, inches
HALF = (3.1, 2.5)  # of one of two


def draw(name: str, data: dict) -> Figure:
    """Draws the figure of a certificate.

    Args:
      name: of the certificate; one without a function of its own gets plain lines.
      data: its figure data.

    Returns:
      The figure; call it inside `style.look` and write it with `style.save`.

    Raises:
      ValueError: if there is no series to draw.
    """
    if not data["series"]:
        raise ValueError(f"the figure of {name} has no series")
    return FIGURES.get(name, lines)(data)


def lines(data: dict) -> Figure:
    """Draws every series as a line in one panel."""
    figure, (axis,) = style.panels(1, 1, SIZE)
    _plot(axis, data, data["series"])
    _label(axis, data)
    style.legend(figure, _entries(data["series"]))
    return figure


def retrace_iterates(data: dict) -> Figure:
    """Draws the tables of Retrace, with the true value as a grey line behind."""
    figure, (axis,) = style.panels(1, 1, SIZE)
    *followed, truth = data["series"]
    _plot(axis, data, followed, marks=False)
    behind = {"color": style.PUBLISHED, "linestyle": (0, (2, 1.5)), "zorder": 0}
    axis.plot(truth["x"], truth["y"], lw=1.3, **behind)
    axis.set_ylim(bottom=0)
    _label(axis, data)
    entries = [*_entries(followed, marks=False)]
    style.legend(figure, [*entries, (truth["label"], style.line_handle(**behind))])
    return figure


def step_size(data: dict) -> Figure:
    """Draws what a step gains per unit of step, with the line between gain and loss."""
    figure = lines(data)
    axis = figure.axes[0]
    axis.xaxis.set_minor_locator(NullLocator())
    axis.axhline(0, color=style.PUBLISHED, lw=0.9, zorder=0)
    return figure


def rarity(data: dict) -> Figure:
    """Draws shares of problems against alpha."""
    figure = lines(data)
    axis = figure.axes[0]
    _ticks(axis, data["series"][0]["x"])
    axis.set_ylim(bottom=0)
    return figure


def sampled(data: dict) -> Figure:
    """Draws falls against M: exact Q in one panel, fitted Q in the other."""
    kinds = list(dict.fromkeys(_split(row["label"])[0] for row in data["series"]))
    figure, axes = style.panels(len(kinds), len(kinds), HALF)
    for axis, kind in zip(axes, kinds, strict=True):
        chosen = [row for row in data["series"] if _split(row["label"])[0] == kind]
        _plot(axis, data, chosen)
        _label(axis, data | {"title": kind})
        _ticks(axis, chosen[0]["x"])
        axis.set_ylim(0, 1.06 * max(max(row["y"]) for row in data["series"]))
    for axis in axes[1:]:
        axis.set_ylabel("")
    named = [row | {"label": _split(row["label"])[1]} for row in chosen]
    style.legend(figure, _entries(named))
    return figure


def sweeps(data: dict) -> Figure:
    """Draws what is gained per evaluation of Q."""
    figure = lines(data)
    axis = figure.axes[0]
    axis.set_ylim(0, 104)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _split(label: str) -> tuple[str, str]:
    """Splits "exact Q, epsilon 0.1" at its comma."""
    before, _, after = label.partition(", ")
    return before, after


def _plot(axis: Axes, data: dict, series: list[dict], marks: bool = True) -> None:
    for index, row in enumerate(series):
        axis.plot(row["x"], row["y"], **_look(index, row, marks))
    if data["x_log"]:
        axis.set_xscale("log")
    if data["y_log"]:
        style.log_axis(axis)


def _look(index: int, row: dict, marks: bool) -> dict[str, object]:
    few = marks and len(row["x"]) <= 30  # more markers run into each other
    kind = style.marker(index) if few else ""
    return {"lw": 1.4, "marker": kind, "ms": 4} | style.arm_style(index)


def _entries(series: list[dict], marks: bool = True) -> list[tuple[str, object]]:
    return [
        (row["label"], style.line_handle(**_look(index, row, marks)))
        for index, row in enumerate(series)
    ]


def _label(axis: Axes, data: dict) -> None:
    axis.set_title(data["title"])
    axis.set_xlabel(data["x_label"])
    axis.set_ylabel(data["y_label"])
    axis.spines[["top", "right"]].set_visible(False)


def _ticks(axis: Axes, places: list[float]) -> None:
    """Puts a tick at every value that was tried, in plain digits."""
    axis.xaxis.set_major_locator(FixedLocator(places))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_locator(NullLocator())


FIGURES: dict[str, Callable[[dict], Figure]] = {
    "retrace-operator": retrace_iterates,
    "monotone-improvement": step_size,
    "monotone-rarity": rarity,
    "sampled-improvement": sampled,
    "nycu-speed": sweeps,
}
