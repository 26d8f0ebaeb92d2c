"""The section on the paper's derivations, from certificates.json and errata.yaml."""

import base64
import io
from pathlib import Path

from mpo_repro.analysis.results import Results, read_json
from mpo_repro.config.errata import load_errata
from mpo_repro.report import derivation_figures, style
from mpo_repro.report.typeset import Typesetter

CERTIFICATES = "certificates.json"
ERRATA = "errata.yaml"
FILES = (CERTIFICATES, ERRATA)  # of data/, not made by `collect`
COMMANDS = {
    CERTIFICATES: "mpo-repro derive --json",
    ERRATA: "cp paper_configs/errata.yaml",
}


def section(results: Results) -> dict | None:
    """Gathers what the page shows of the derivations.

    Args:
      results: the study's results; data/ may hold FILES.

    Returns:
      certificates, errata, glyphs (outlines that the formulas refer to), held and
      failed (counts); None if there are no certificates.
    """
    data = results.folder / "data"
    found = read_json(data / CERTIFICATES)
    if found is None:
        return None
    typesetter = Typesetter()
    certificates = [_certificate(row, typesetter) for row in found]
    held = sum(row["passed"] for row in found)
    return {
        "certificates": certificates,
        "errata": _errata(data / ERRATA, {row["name"] for row in found}),
        "glyphs": typesetter.definitions(),
        "held": held,
        "failed": len(found) - held,
    }


def number(value: float | int | str) -> str:
    """Writes a value with four significant digits; text stays as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _certificate(row: dict, typesetter: Typesetter) -> dict:
    """Typesets one certificate."""
    made = {
        "formula": typesetter.formula(row["latex"]),
        "assumptions": [typesetter.text(text) for text in row["assumptions"]],
        "steps": [typesetter.text(text) for text in row["steps"]],
        "numbers": [(label, number(value)) for label, value in row["numbers"]],
        "worst_error": number(row["worst_error"]),
        "tolerance": number(row["tolerance"]),
        "refutations": [_refutation(item) for item in row["refutations"]],
        "drawing": _drawing(row["name"], row["figure"]) if row["figure"] else None,
    }
    return row | made


def _refutation(item: dict) -> dict:
    size, least = item["size"], item["least"]
    shown = float(size) >= float(least)  # a text where it is infinite
    return {"claim": item["claim"], "size": number(size), "shown": shown}


def _errata(path: Path, names: set[str]) -> list[dict]:
    """Reads the errata; certificates that are not there are left out."""
    if not path.is_file():
        return []
    rows = [erratum.model_dump() for erratum in load_errata(path)]
    for row in rows:
        row["certificates"] = [name for name in row["certificates"] if name in names]
    return rows


def _drawing(name: str, figure: dict) -> str:
    """Draws a certificate's series; returns the SVG as a data URI."""
    # JSON has NaN and infinities as texts.
    series = [
        row | {key: [float(value) for value in row[key]] for key in "xy"}
        for row in figure["series"]
    ]
    raw = io.BytesIO()
    with style.look():
        drawn = derivation_figures.draw(name, figure | {"series": series})
        drawn.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(raw.getvalue()).decode()
