"""The picture of speed: milliseconds of one update, ours beside others'."""

from matplotlib.figure import Figure

from mpo_repro.report import style

NAME = "speed-updates"
TITLE = "One update of the learner, beside others"
CAPTION = (
    "Bar: median milliseconds of one update in one thread; line: 10th to 90th "
    "percentile. All took turns in one run. What each of them computes is told with "
    "the table."
)


def figure(rivals: dict[str, dict]) -> Figure:
    """Draws medians as bars, p10 to p90 as lines.

    Args:
      rivals: by key, in order: label, median_ms, p10_ms, p90_ms, ours (whether it is
        this project's), and limit (whether it is the products alone).
    """
    made, (axis,) = style.panels(1, size=(6.4, 2.6))
    for place, row in enumerate(rivals.values()):
        colour = style.PUBLISHED if row["limit"] else style.PALETTE[not row["ours"]]
        hatch = None if row["ours"] or row["limit"] else "///"
        look = {"color": colour, "height": 0.6, "hatch": hatch, "edgecolor": "white"}
        axis.barh(place, row["median_ms"], **look)
        axis.hlines(place, row["p10_ms"], row["p90_ms"], color="black", lw=1.2)
    axis.set_yticks(range(len(rivals)), [row["label"] for row in rivals.values()])
    axis.invert_yaxis()
    axis.set_xlabel("one update, ms (median; line: 10th to 90th percentile)")
    return made


def alt(rivals: dict[str, dict]) -> str:
    """Says what the picture shows, in a sentence."""
    told = [f"{row['label']} {row['median_ms']:.1f}" for row in rivals.values()]
    return f"Milliseconds of one update: {', '.join(told)}."
