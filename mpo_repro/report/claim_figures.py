"""A claim's tests as intervals: one row each, against no effect and the margin."""

import math
import textwrap

from matplotlib.figure import Figure

from mpo_repro.analysis import verdict_table
from mpo_repro.analysis.results import Results
from mpo_repro.report import style

ROW = 0.34  # inches
WIDEST = 34  # letters of a label's line
# Tests -> where their margin lies, in margins from no effect.
_SIDES = {
    "equivalence": (-1, 1),
    "suite_equivalence": (-1, 1),
    "agreement": (-1, 1),
    "interaction": (-1, 1),
    "non_inferiority": (-1,),
    "not_below_published": (-1,),
    "suite_non_inferiority": (-1,),
}
COLORS = {"supported": "#0072B2", "contradicted": "#D55E00"}
MARKERS = {
    "supported": "o",
    "direction shown": "D",
    "not supported": "s",
    "contradicted": "X",
}


def margins(test: dict) -> tuple[float, ...]:
    """Gives the places of a test's margin, in the effect's unit.

    Args:
      test: an entry of `tests` in verdicts.json.
    """
    if not test["margin"]:
        return ()
    distance = test["margin"] - (test["null"] if test["test"] == "faster" else 0)
    sides = _SIDES.get(test["test"], (1,))
    return tuple(test["null"] + side * distance for side in sides)


def tested(results: Results) -> list[dict]:
    """Lists the claims of verdicts.json that have a test with an estimate."""
    content = verdict_table.read(results.folder / "data") or {"claims": []}
    return [claim for claim in content["claims"] if estimated(claim)]


def estimated(claim: dict) -> list[dict]:
    """Lists the tests of a claim that have an estimate."""
    return [test for test in claim["tests"] if test["effect"] is not None]


def texts(claim: dict) -> tuple[str, str, str]:
    """Writes a claim's title, caption and alternative text of its figure."""
    caption = (
        "A row a test: estimate and interval, in its own unit. Solid grey: no effect; "
        "dashed: the margin, fixed before the runs. Thin: the interval that decides, "
        "corrected for the family's other tests; thick: that of the test alone. A "
        "marker's shape is the test's verdict."
    )
    rows = [f"{t['label']}: {t['outcome']}" for t in estimated(claim)]
    alt = f"Effects and intervals of {len(rows)} tests. {'; '.join(rows)}."
    return f"{claim['id']}: {claim['title']}", caption, alt


def intervals(claim: dict) -> Figure:
    """Draws the tests of a claim.

    Args:
      claim: an entry of `claims` in verdicts.json.

    Returns:
      The figure, a panel for each part of the claim, as units differ between them.
    """
    parts: dict[str, list[dict]] = {}
    for test in estimated(claim):
        parts.setdefault(test["part"], []).append(test)
    heights = [len(tests) * _lines(tests) + 1.6 for tests in parts.values()]
    figure = style.plt.figure(
        figsize=(7.2, ROW * sum(heights) + 0.5), layout="constrained"
    )
    axes = figure.subplots(
        len(parts), squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for axis, (name, tests) in zip(axes[:, 0], parts.items(), strict=True):
        for place, test in enumerate(tests):
            _row(axis, test, place)
        axis.set_yticks(range(len(tests)), [_wrapped(t["label"]) for t in tests])
        axis.set_ylim(len(tests) - 0.4, -0.6)
        axis.set_title(name, loc="left")
        axis.set_xlabel(tests[0]["measure"])
        axis.tick_params(axis="y", length=0)
        axis.spines[["top", "right", "left"]].set_visible(False)
    return figure


def _row(axis, test: dict, place: int) -> None:
    color = COLORS.get(test["outcome"], "#4d4d4d")
    span = (place - 0.45, place + 0.45)
    axis.plot((test["null"],) * 2, span, color="#8a8a8a", lw=1.2)
    for margin in margins(test):
        axis.plot((margin,) * 2, span, color="#8a8a8a", lw=1, ls=(0, (3, 2)))
    for name, width in (("joint_", 1.1), ("", 2.6)):
        ends = float(test[f"{name}low"]), float(test[f"{name}high"])
        # Where no value can be refused the interval has no end to draw.
        if all(map(math.isfinite, ends)):
            axis.plot(ends, (place, place), color=color, lw=width)
    marker = MARKERS.get(test["outcome"], "$?$")
    look = {"marker": marker, "ls": "", "ms": 6.5, "color": color}
    axis.plot(float(test["effect"]), place, **look)


def _wrapped(text: str) -> str:
    """Breaks a label before its task, and within a list of tasks."""
    if len(text) <= WIDEST:
        return text
    head, _, tasks = text.partition(" on ")
    parts = [head, f"on {tasks}"] if tasks else [head]
    lines = [textwrap.wrap(p, WIDEST, break_on_hyphens=False) for p in parts]
    return "\n".join(sum(lines, []))


def _lines(tests: list[dict]) -> float:
    """Says how high the rows of tests are, in rows of one or two lines."""
    most = max(_wrapped(test["label"]).count("\n") + 1 for test in tests)
    return max(1.0, most / 2)
