"""Certificates as a terminal shows them: a table of all, a page for one."""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mpo_repro.cli import _plain

MARKS = {True: Text("ok", style="green"), False: Text("RED", style="bold red")}


def number(value: float | int | str) -> str:
    """Writes a value with four significant digits; text stays as it is."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else f"{value:.4g}"


WIDE = 120  # columns


def table(found: list, width: int) -> Table:
    """Lists (certificate, seconds) pairs, a row a check.

    Args:
      found: the pairs.
      width: columns of the terminal; a narrow one leaves out the places, which
        `derive NAME` shows.
    """
    wide = width >= WIDE
    shown = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    shown.add_column("check", no_wrap=True)
    shown.add_column("", no_wrap=True)
    shown.add_column("verdict")
    if wide:
        shown.add_column("place")
    for heading in ("tried", "worst error", "tolerance", "s"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for certificate, seconds in found:
        place = (certificate.place,) if wide else ()
        shown.add_row(
            certificate.name,
            MARKS[certificate.passed],
            certificate.verdict,
            *place,
            str(certificate.instances),
            f"{certificate.worst_error:.1e}",
            f"{certificate.tolerance:.0e}",
            f"{seconds:.1f}",
        )
    return shown


def summary(found: list) -> str:
    """Says in one line how many checks held and how long they took."""
    held = sum(certificate.passed for certificate, _ in found)
    seconds = sum(seconds for _, seconds in found)
    return f"{held} of {len(found)} certificates hold; {seconds:.1f} s"


def erratum(erratum, console: Console) -> None:
    """Prints what the paper has and what it should have, and who reported it."""
    console.print(Text(f"{erratum.id}: {erratum.place}", style="bold"))
    rows = (
        ("printed", erratum.printed),
        ("corrected", erratum.corrected),
        ("reason" if erratum.error else "no error", erratum.reason),
        ("reported by", erratum.reported_by),
    )
    shown = [(label, text) for label, text in rows if text]
    console.print(Padding(_facts(shown), (0, 0, 1, 2)))


def _facts(rows: Iterable[tuple[str, str]]) -> Table:
    """Sets texts beside their labels."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for label, text in rows:
        grid.add_row(Text(label), Text(text))
    return grid


def explain(certificate, errata: tuple, console: Console) -> None:
    """Prints everything about one certificate.

    Args:
      certificate: the certificate.
      errata: those that it decides.
      console: where; formulas are LaTeX if it has no Greek letters.
    """
    mark = MARKS[certificate.passed]
    console.print(Text.assemble((certificate.name, "bold"), "  ", mark))
    verdict = f"{certificate.verdict} ({certificate.method})"
    error = f"{certificate.worst_error:.3g} on {certificate.instances} instances"
    error = f"{error}; tolerance {certificate.tolerance:.3g}"
    rows = (("Place", certificate.place), ("Verdict", verdict), ("Error", error))
    console.print(Padding(_facts(rows), (0, 0, 1, 0)))
    for one in errata:
        erratum(one, console)
    if certificate.counterexample:
        _section(console, "Counterexample", [certificate.counterexample])
    text = _plain.text if console.encoding.lower().startswith("utf") else str
    formula = text(f"${certificate.latex}$")
    _section(console, "Statement", [text(certificate.statement), formula])
    _section(console, "Assumptions", map(text, certificate.assumptions), "- ")
    lines = enumerate(map(text, certificate.steps), 1)
    _section(console, "Steps", [f"{count}. {step}" for count, step in lines])
    numbers = [f"{number(value):>12}  {label}" for label, value in certificate.numbers]
    _section(console, "Numbers", numbers)
    refuted = [_refutation(item) for item in certificate.refutations]
    _section(console, "What must fail", refuted)


def _refutation(item) -> str:
    state = "fails" if item.shown else "NOT SEEN TO FAIL"
    return f"{number(item.size):>12}  {state} (at least {item.least:g}): {item.claim}"


def _section(console: Console, title: str, lines, bullet: str = "") -> None:
    """Prints lines below a title; nothing if there is no line."""
    lines = list(lines)
    if not lines:
        return
    console.print(Text(title, style="bold"))
    for line in lines:
        console.print(Padding(Text(bullet + line), (0, 0, 0, 2)))
    console.print()
