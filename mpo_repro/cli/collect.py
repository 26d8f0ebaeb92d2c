"""mpo-repro collect: run folders -> results/<study>/data."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder
from mpo_repro.cli._options import Study

EXAMPLES = (
    "mpo-repro collect quick",
    "mpo-repro collect laptop --out reports/laptop",
)


def collect(
    study: Study,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the study's results.")
    ] = None,
    root: Annotated[
        Path, typer.Option(help="Folder that holds results/runs.")
    ] = Path(),
) -> None:
    """Gather the runs of a study into its tidy tables.

    Every planned run that gives nothing is named with its reason. Exit code 1 if no
    run is finished.
    """
    from mpo_repro.config import load_study

    chosen = load_study(study)
    folder = _folder.made(out or root / "results" / chosen.name)
    from mpo_repro.analysis.collect import collect as gather
    from mpo_repro.analysis.results import PARTS

    finished = unverified = 0
    for name, one in {"": chosen, **chosen.members}.items():
        found = gather(one, folder / PARTS / name if name else folder, root)
        for run in found.unusable.itertuples():
            place = f"{name}/{run.arm}" if name else run.arm
            typer.echo(f"{run.state}: {place} {run.task} seed {run.seed}: {run.reason}")
        total = len(found.runs)
        typer.echo(f"{found.finished} of {total} runs -> {found.files[0].parent}")
        finished, unverified = finished + found.finished, unverified + found.unverified
    if unverified:
        text = f"unverified: {unverified} runs are older than checksums"
        typer.echo(text, err=True)
    if not finished:
        typer.echo("no run is finished: nothing to analyse", err=True)
        raise typer.Exit(1)
