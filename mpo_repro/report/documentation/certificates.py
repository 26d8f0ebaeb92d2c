"""The errata and the certificates of the derivations, as published with a report."""

import json
from functools import cache

from mpo_repro.config.errata import load_errata
from mpo_repro.config.files import CHECKOUT
from mpo_repro.report.documentation.markdown import cell, table

PUBLISHED = CHECKOUT / "reports" / "laptop" / "data" / "certificates.json"
ERRATA = CHECKOUT / "paper_configs" / "errata.yaml"
RED = "red: the check failed"
NOT_YET = "not yet published"


@cache
def certificates() -> tuple[dict, ...]:
    """Reads the certificates that stand in the published report."""
    return tuple(json.loads(PUBLISHED.read_text(encoding="utf-8")))


def errata() -> str:
    """Writes the table of errata: as printed, as it should be, what decided it."""
    rows = []
    for erratum in load_errata(ERRATA):
        decided = [_link(name) for name in erratum.certificates]
        if erratum.reason:
            decided.append(cell(erratum.reason))
        if erratum.reported_by:
            decided.append(cell(f"reported by {erratum.reported_by}"))
        kind = erratum.id if erratum.error else f"{erratum.id} (no error)"
        texts = (erratum.place, erratum.printed, erratum.corrected)
        rows.append((kind, *map(cell, texts), "; ".join(decided)))
    heads = ("", "Place", "As printed", "As it should be", "Decided by")
    return table(heads, rows)


def _link(name: str) -> str:
    """Writes a certificate's name, as a link, and its verdict once it is published."""
    found = next((row for row in certificates() if row["name"] == name), None)
    if found is None:
        return f"{name}: {NOT_YET}"
    return f"[{name}](certificates.md#{name}): {cell(_verdict(found))}"


def _verdict(row: dict) -> str:
    return row["verdict"] if row["passed"] else RED


def overview() -> str:
    """Writes the table of all certificates, in a line each."""
    rows = [
        (f"[{row['name']}](#{row['name']})", cell(row["place"]), cell(_verdict(row)))
        for row in certificates()
    ]
    return table(("Certificate", "Place", "Verdict"), rows)


def each() -> str:
    """Writes a heading, the statement and the formula of every certificate."""
    return "\n\n".join(_section(row) for row in certificates())


def _section(row: dict) -> str:
    facts = (
        f"{cell(row['place'])}. {cell(row['method'])}; {row['instances']:,} instances"
    )
    parts = [
        f"### {row['name']}",
        cell(row["statement"]),
        f"$$\n{row['latex']}\n$$",
        f"**Verdict: {cell(_verdict(row))}.** {facts}.",
    ]
    if row["counterexample"]:
        parts.append(f"Counterexample: {cell(row['counterexample'])}.")
    return "\n\n".join(parts)
