"""mpo-repro report: results/<study>/data -> report.html and manifest.json."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = ("mpo-repro report reports/reference",)


def report(
    folder: Annotated[Path, typer.Argument(help="results/<study> or reports/<study>")],
) -> None:
    """Write a study's page, from its collected data only.

    Figures that are missing or older than the data are drawn again.
    """
    from mpo_repro.analysis.results import load
    from mpo_repro.report.page import write

    try:
        path = write(load(folder))
    except (FileNotFoundError, ValueError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    typer.echo(path)
