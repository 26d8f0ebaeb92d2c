"""Claims and verdicts as a terminal shows them, and the judging of a study."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mpo_repro.config.claim import Claim, Part


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def listing(claims: Sequence[Claim]) -> Table:
    """Lists claims: id, title, what decides it, date of its registration."""
    from mpo_repro.analysis import registration

    table = _table("id", "claim", "decided by", "registered")
    register = registration.load()
    for claim in claims:
        fixed = registration.judge(claim, register, (), lambda _: None)
        date = fixed.date if fixed.sound else fixed.state
        table.add_row(claim.id, claim.title, _decided_by(claim), date)
    return table


def _decided_by(claim: Claim) -> str:
    if claim.not_testable:
        return "not testable"
    if claim.certificates:
        return "certificates " + ", ".join(claim.certificates.names)
    names = dict.fromkeys(part.study for part in claim.parts)
    return f"{', '.join(names)}: {', '.join(dict.fromkeys(_tests(claim)))}"


def _tests(claim: Claim) -> list[str]:
    return [part.test.name for part in claim.parts]


def explain(claim: Claim, power, console: Console) -> None:
    """Prints everything about one claim; power is of `expected_power.power`."""
    console.print(Text.assemble((claim.id, "bold"), f"  {claim.title}"))
    console.print(Padding(Text(claim.words), (0, 0, 1, 2)))
    rows = [("Source", claim.source), ("Decided by", _decided_by(claim))]
    if claim.not_testable:
        rows.append(("Reason", claim.not_testable))
    if claim.certificates:
        rows.append(("If they pass", claim.certificates.outcome))
    if claim.parts:
        rule = f"{claim.rule} of the tests; family {claim.family}"
        rows.append(("Rule", rule + "; the runs are a counterexample" * claim.refutes))
        share = f"{100 * power.share:.0f} % (standard error {100 * power.error:.0f} %)"
        rows.append(("Power", f"{share} with {power.seeds} seeds"))
        rows += [(f"Flaw: {flaw}", text) for flaw, text in _flaws(claim, power).items()]
    if claim.extent:
        extent = claim.extent.model_dump(exclude_none=True)
        texts = [f"{count:,} {name}" for name, count in extent.items()]
        rows.append(("Source's extent", ", ".join(texts)))
    rows.append(("SHA-256", claim.digest))
    grid = Table.grid(padding=(0, 2, 0, 0))
    for label, text in rows:
        grid.add_row(label, text)
    console.print(grid)
    for part in claim.parts:
        _part(part, console)
    for text in claim.caveats:
        console.print(Padding(Text(f"- {text}"), (0, 0, 0, 2)))


def _flaws(claim: Claim, power) -> dict[str, str]:
    """Returns what speaks against a design, with the reasons to keep it."""
    found = dict.fromkeys(claim.despite, "") | power.flaws
    return {
        flaw: "; ".join(
            filter(None, (text, claim.despite.get(flaw, "no reason to keep it yet")))
        )
        for flaw, text in found.items()
    }


def _part(part: Part, console: Console) -> None:
    console.print(Text(f"\n{part.name}", style="bold"))
    measure = part.measure.model_dump(exclude_none=True)
    test = part.test.model_dump(exclude_none=True, exclude={"reason"})
    versus = f" against {part.reference}" if part.reference else ""
    tasks = ", ".join(part.tasks or ()) or "all"
    expected = f"effect {part.expected.effect:g}, SD {part.expected.sd:g}"
    if part.expected.source:
        expected += f" ({part.expected.source})"
    if part.expected.ceiling is not None:
        expected += f", at most {part.expected.ceiling:g}"
    grid = Table.grid(padding=(0, 2, 0, 0))
    for label, text in (
        ("  study", part.study),
        ("  tasks", tasks),
        ("  arms", ", ".join(part.treatments) + versus),
        ("  measure", ", ".join(f"{k} {v}" for k, v in measure.items())),
        ("  test", ", ".join(f"{k} {v}" for k, v in test.items())),
        ("  margin", part.test.reason),
        ("  expected", f"{expected}. {part.expected.reason}"),
    ):
        grid.add_row(label, text)
    console.print(grid)


def certificates(folder: Path) -> dict[str, bool]:
    """Says of each of a study's certificates whether it passed; none without any.

    Raises:
      ValueError: if certificates.json cannot be read.
    """
    from mpo_repro.analysis.results import read_json

    found = read_json(folder / "data" / "certificates.json") or []
    return {row["name"]: row["passed"] for row in found}


def judged(results: Sequence, certificates: dict[str, bool]) -> tuple[dict, list[Path]]:
    """Judges all claims by studies' results and writes the first study's verdicts.

    Args:
      results: of the study, and of those beside it.
      certificates: name -> whether it passed.

    Returns:
      The content of verdicts.json, and what was written.
    """
    from mpo_repro.analysis import claims, registration, verdict_table
    from mpo_repro.analysis.expected_power import power, with_deviations
    from mpo_repro.config.claim import load_claims
    from mpo_repro.config.files import configs

    found = load_claims()
    made = claims.judge(
        found,
        results,
        certificates,
        registration.load(),
        registration.of_git(configs().parent),
    )
    powers = {claim.id: power(claim) for claim in found}
    after = {
        one.claim.id: power(with_deviations(one.claim, one.deviations))
        for one in made
        if one.decisive
    }
    names = [one.study["name"] for one in results]
    content = verdict_table.document(made, powers, names, after)
    return content, verdict_table.write(content, results[0].folder / "data")


def verdicts(content: dict) -> Table:
    """Lists verdicts: id, outcome, and why or what is needed."""
    table = _table("id", "verdict", "why")
    for row in content["claims"]:
        why = row["sentence"] or f"needs {', '.join(row['needs'])}"
        why = f"{row['scope']}. {why}" if row["scope"] else why
        if not row["registration"]["sound"]:
            why += f" ({row['registration']['state']})"
        outcome = row["outcome"] + " (exploratory)" * bool(row["exploratory"])
        table.add_row(row["id"], outcome, why)
    return table


def rates(summary) -> Table:
    """Lists what verdict rules do; summary is of `error_rates.summary`."""
    names = ("rule", "false: 3 runs", "5 runs", "10 runs", "coverage", "power at 2 SD")
    table = _table(*names)
    for name, *shares in summary.itertuples(index=False):
        table.add_row(name, *("-" if x != x else f"{100 * x:.1f} %" for x in shares))
    return table
