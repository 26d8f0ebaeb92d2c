"""Curves of the page that can be read by pointing at them and hidden arm by arm.

A chart is plain data that templates/charts.js draws with uPlot:
{"axes": text, "arms": [{"label", "color", "dash"}], "panels": [{"title", "steps",
"limits", "log", "lines": [{"arm", "x", "y", "low", "high"}]}]}
where `arm` is a place in `arms`, low and high stand only where there is a band,
and dash and note (of a reading) only where a line has its own.
"""

import base64
import hashlib
from importlib.resources import files

import numpy as np
import pandas as pd
from markupsafe import Markup

from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results
from mpo_repro.report import diagnostics, learning_curves, style

SCRIPTS = ("uplot/uPlot.iife.min.js", "templates/charts.js")
STYLE = "uplot/uPlot.min.css"
IMPLIED = {"dash": [1, 4], "note": "implied by returns"}
_WIDTH = 1.6  # pixels of a line; dashes are measured in widths
_DIGITS = 4  # significant ones that the page carries


def scripts() -> list[Markup]:
    """Reads the page's scripts, in the order in which they run."""
    return [_asset(name) for name in SCRIPTS]


def stylesheet() -> Markup:
    """Reads the style that uPlot needs."""
    return _asset(STYLE)


def policy() -> str:
    """Writes the page's content security policy.

    Returns:
      It loads nothing and runs nothing but `scripts`, by their hashes.
    """
    digests = [hashlib.sha256(text.encode()).digest() for text in scripts()]
    allowed = " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def curves(results: Results, kind: str) -> dict:
    """Makes the chart of learning curves; see `learning_curves.learning_curves`."""
    quantiles = results.curve_quantiles(kind)
    band = learning_curves.with_bands(results)
    arms = list(results.arms)
    panels, shown = [], False
    for task in results.tasks:
        steps = results.budget(task)
        lines = []
        behind = published.quantile_curve(task, steps)
        if len(behind):
            shown = True
            lines.append(_line(len(arms), behind, band=True))
        for arm in results.arms_on(task):
            rows = quantiles[(quantiles["task"] == task) & (quantiles["arm"] == arm)]
            lines.append(_line(arms.index(arm), rows, band))
        lines = [line for line in lines if line["x"]]
        panels.append(_panel(task, steps, lines, _limits(lines)))
    looks = [_look(results, arm) for arm in arms]
    if shown:
        looks.append({"label": published.LABEL, "color": style.PUBLISHED, "dash": []})
    said = "Across: environment steps. Up: episode return."
    return {"axes": said, "arms": looks, "panels": panels}


def inside(results: Results, task: str) -> dict:
    """Makes the chart of a task's diagnostics; see `diagnostics.diagnostics`."""
    rows = results.diagnostics[results.diagnostics["task"] == task]
    arms, steps = results.arms_on(task), results.budget(task)
    panels = []
    for name in diagnostics.shown(results, task):
        log, lines = diagnostics.PANELS[name][1], []
        for place, arm in enumerate(arms):
            chosen = rows[(rows["arm"] == arm) & (rows["name"] == name)]
            curve = diagnostics.seed_median(chosen, "value", steps)
            lines.append(_median(place, curve[curve > 0] if log else curve))
            if name == "q_value":
                implied = diagnostics.implied_curve(results, task, arm)
                lines.append(_median(place, implied) | IMPLIED)
        lines = [line for line in lines if line["x"]]
        title = diagnostics.titled(name, task)
        panels.append(_panel(title, steps, lines, None, log=log and bool(lines)))
    looks = [_look(results, arm) for arm in arms]
    return {"axes": "Across: environment steps.", "arms": looks, "panels": panels}


def _limits(lines: list[dict]) -> list[float] | None:
    columns = [line.get(key, ()) for line in lines for key in ("y", "low", "high")]
    values = [value for column in columns for value in column if value is not None]
    ends = learning_curves.limits(min(values), max(values)) if values else None
    return None if ends is None else list(ends)


def _panel(title: str, steps: int, lines: list, limits, log: bool = False) -> dict:
    return {
        "title": title,
        "steps": steps,
        "limits": limits,
        "log": log,
        "lines": lines,
    }


def _line(arm: int, rows: pd.DataFrame, band: bool) -> dict:
    line = {"arm": arm, "x": [float(x) for x in rows["environment_steps"]]}
    columns = {"y": "median"} | ({"low": "low", "high": "high"} if band else {})
    return line | {key: _rounded(rows[name]) for key, name in columns.items()}


def _median(arm: int, curve: pd.Series) -> dict:
    table = curve.rename("median").rename_axis("environment_steps").reset_index()
    return _line(arm, table, band=False)


def _rounded(values: pd.Series) -> list[float | None]:
    """Keeps what a reader can use; what is not finite has no place in JSON."""
    return [
        float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
        for value in values
    ]


def _look(results: Results, arm: str) -> dict:
    look = style.arm_style(list(results.labels).index(arm))
    dashes = () if look["linestyle"] == "-" else look["linestyle"][1]
    dashes = [round(_WIDTH * part, 2) for part in dashes]
    return {"label": results.labels[arm], "color": look["color"], "dash": dashes}


def _asset(name: str) -> Markup:
    text = files("mpo_repro.report").joinpath(name).read_text("utf-8")
    return Markup(text)  # of this package, not of a study
