"""mpo-repro figures: results/<study>/data -> results/<study>/figures."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder

EXAMPLES = (
    "mpo-repro figures reports/laptop",
    "mpo-repro figures results/quick --only final-scores",
)


def figures(
    folder: Annotated[Path, typer.Argument(help="results/<study> or reports/<study>")],
    only: Annotated[
        list[str] | None, typer.Option(help="Draw this figure only; repeatable.")
    ] = None,
) -> None:
    """Draw a study's figures again, from its collected data only.

    Those of its parts are drawn as well, unless single figures are asked for.
    """
    _folder.require(folder, _folder.RESULTS)
    from mpo_repro.analysis.results import load, parts
    from mpo_repro.report.figures import draw

    try:
        places = (folder, *([] if only else parts(folder)))
        results = [load(place) for place in places]
        _folder.echo_without_checksums(results)
        for one in results:
            drawn = draw(one, only)
            typer.echo(f"{len(drawn)} figures -> {one.folder / 'figures'}")
    except (FileNotFoundError, ValueError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
