"""mpo-repro doctor: whether this machine can run a study."""

from pathlib import Path

import typer

EXAMPLES = ("mpo-repro doctor",)


def doctor() -> None:
    """Check this machine: each line is ok, or says what to do.

    Exit code 1 if something has to be done before a study can run.
    """
    from mpo_repro.study import doctor as checks

    findings = [*checks.examine(Path()), _renderer()]
    for finding in findings:
        _show(finding)
    if any(finding.state == checks.TO_DO for finding in findings):
        raise typer.Exit(1)


def _renderer():
    from mpo_repro.artifacts import renderer
    from mpo_repro.study.doctor import OK, OPTIONAL, Finding

    try:
        return Finding("renderer", OK, renderer.find())
    except renderer.NoRendererError as error:
        return Finding("renderer", OPTIONAL, "none: only videos need one", str(error))


def _show(finding) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "optional": "yellow", "to do": "bold red"}
    row = Table.grid(padding=(0, 1))
    for width in (8, 18, None):
        row.add_column(width=width, overflow="fold")
    advice = f"\n-> {finding.advice}" if finding.advice else ""
    state = Text(finding.state, style=colours[finding.state])
    row.add_row(state, finding.name, Text(finding.found + advice))
    Console(highlight=False).print(row)
