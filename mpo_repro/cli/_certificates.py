"""Certificates as a terminal shows them: a table of all, a page for one."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

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


def explain(certificate, console: Console) -> None:
    """Prints everything about one certificate."""
    mark = MARKS[certificate.passed]
    console.print(Text.assemble((certificate.name, "bold"), "  ", mark))
    verdict = f"{certificate.verdict} ({certificate.method})"
    rows = [("Place", certificate.place), ("Verdict", verdict)]
    if certificate.errata:
        rows.append(("Errata", ", ".join(certificate.errata)))
    error = f"{certificate.worst_error:.3g} on {certificate.instances} instances"
    rows.append(("Error", f"{error}; tolerance {certificate.tolerance:.3g}"))
    for label, text in rows:
        console.print(Text(f"{label:<10}{text}"))
    _section(console, "Statement", [certificate.statement, certificate.latex])
    _section(console, "Assumptions", certificate.assumptions, "- ")
    steps = [f"{i}. {step}" for i, step in enumerate(certificate.steps, 1)]
    _section(console, "Steps", steps)
    numbers = [f"{number(value):>12}  {label}" for label, value in certificate.numbers]
    _section(console, "Numbers", numbers)
    refuted = [_refutation(item) for item in certificate.refutations]
    _section(console, "What must fail", refuted)
    if certificate.counterexample:
        _section(console, "Counterexample", [certificate.counterexample])


def _refutation(item) -> str:
    state = "fails" if item.shown else "NOT SEEN TO FAIL"
    return f"{number(item.size):>12}  {state} (at least {item.least:g}): {item.claim}"


def _section(console: Console, title: str, lines, bullet: str = "") -> None:
    if not lines:
        return
    console.print(Text(f"\n{title}", style="bold"))
    for line in lines:
        console.print(Padding(Text(bullet + line), (0, 0, 0, 2)))
