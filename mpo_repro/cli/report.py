"""mpo-repro report: results/<study>/data -> report.html and manifest.json."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder

EXAMPLES = ("mpo-repro report reports/laptop",)


def report(
    folder: Annotated[Path, typer.Argument(help="results/<study> or reports/<study>")],
) -> None:
    """Write a study's page and those of its parts, from their collected data only.

    Figures that are missing or older than the data are drawn again.
    """
    _folder.require(folder, _folder.RESULTS)
    from mpo_repro.analysis.results import load, parts
    from mpo_repro.report.page import write

    try:
        results = [load(place) for place in (*parts(folder), folder)]
        _folder.echo_without_checksums(results)
        for one in results:
            typer.echo(write(one))
    except (FileNotFoundError, ValueError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
