"""How far the verdicts can be trusted: power and false verdicts of each rule.

The numbers are those of `analysis.statistics.error_rates`: measured on made-up runs by
`mpo-repro claims power --simulate`, the same for every study. A page shows the rules
that its own verdicts use.
"""

import numpy as np
from matplotlib.figure import Figure

from mpo_repro.analysis import verdict_table
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.statistics import error_rates
from mpo_repro.analysis.statistics.rules import RULES
from mpo_repro.report import style

NAME, TITLE = "power", "What the tests find, and how often they err"
# So that the tests' settings, such as a margin, need no words of their own.
CAPTION = (
    "Chance of “supported” for normal scores by how far a claim is true beyond its "
    "margin, in standard deviations of a run; at 0 it is just false. Lines: runs an "
    "arm. Marks at 0: the most false verdicts over normal, skewed and bimodal scores. "
    "What claims no difference is truest at 2 (on suites 1.5), and less so beyond. "
    "Dotted: 5 % and 75 %. Measured on made-up runs."
)
# Why a rule with five runs an arm does not find two standard deviations of a run in
# three of four cases.
WEAK = {
    "rarely_fails": "a share of failures does not say how far a run failed",
    "interaction": "a difference of differences has the variance of four arms, and is "
    "found in 75 % of cases from 2.8 standard deviations on",
}


def rules(results: Results) -> list[str]:
    """Lists the rules of the tests that verdicts.json holds; none without verdicts.

    Args:
      results: the study's results.
    """
    content = verdict_table.read(results.folder / "data") or {"claims": []}
    used = {
        test["test"]
        for claim in content["claims"]
        for test in claim["tests"]
        if test["effect"] is not None
    }
    return [name for name in RULES if name.partition(",")[0] in used]


def texts(names: list[str]) -> tuple[str, str, str]:
    """Writes title, caption and alternative text of the figure of these rules."""
    table = error_rates.summary(error_rates.load()).set_index("rule")
    found = [f"{name} {table.loc[name, 'power']:.0%}" for name in names]
    alt = (
        "Power against the true difference for 3, 5 and 10 runs an arm. With 5 runs, "
        f"two standard deviations are found in at least: {', '.join(found)}."
    )
    return TITLE, CAPTION, alt


def figure(names: list[str]) -> Figure:
    """Draws the power of rules.

    Args:
      names: keys of RULES, at least one.

    Returns:
      The figure, a panel a rule.
    """
    table = error_rates.load()
    made, axes = style.panels(len(names), columns=3, size=(2.5, 1.9))
    entries = []
    for axis, name in zip(axes, names, strict=True):
        entries = _panel(axis, table[table["rule"] == name])
        axis.set_title(name, loc="left")
    for axis in axes[:: min(3, len(axes))]:
        axis.set_ylabel("share of trials")
    made.supxlabel("how far the claim is true, in SD of a run", fontsize=9)
    style.legend(made, entries)
    return made


def _panel(axis, table) -> list:
    edge = table[table["distance"] == 0]
    worst = error_rates.false_verdicts(edge).groupby(edge["runs"]).max()
    curve = table[table["shape"] == error_rates.CURVE].sort_values("distance")
    entries = []
    for level in (error_rates.ALPHA, 0.75):
        axis.axhline(level, color="#8a8a8a", lw=0.8, ls=":")
    for index, (runs, points) in enumerate(curve.groupby("runs")):
        look = style.arm_style(index) | {"marker": style.marker(index)}
        axis.plot(points["distance"], points["positive"], ms=3.5, lw=1.3, **look)
        axis.plot(0, worst[runs], ms=6, mfc="none", clip_on=False, **look)
        entries.append((f"{runs} runs", style.line_handle(lw=1.3, ms=4, **look)))
    axis.set_ylim(-0.02, 1.02)
    axis.set_xlim(-0.1, 3.1)
    axis.spines[["top", "right"]].set_visible(False)
    return entries


def section(names: list[str], drawn: dict[str, dict]) -> dict | None:
    """Gathers what the page shows of the rules.

    Args:
      names: see `rules`.
      drawn: name -> what the page shows of a figure.

    Returns:
      figure, rows and weak (of the rules in WEAK, with the reason); None without rules.
    """
    if not names or NAME not in drawn:
        return None
    table = error_rates.summary(error_rates.load()).set_index("rule").loc[names]
    rows = [
        {"rule": name} | {key: _percent(value) for key, value in row.items()}
        for name, row in table.iterrows()
    ]
    weak = [f"{name}: {WEAK[name]}" for name in names if name in WEAK]
    return {"figure": drawn[NAME], "rows": rows, "weak": weak}


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.1f} %"
