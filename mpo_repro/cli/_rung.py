"""The scores of a search's rung, as a terminal shows them, and what follows it."""

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from mpo_repro.config import ConfigError, Study

PUBLISHED = "published MPO"


def show(study: Study, folder: Path, dry_run: bool) -> None:
    """Prints the scores of a rung and writes the file that follows it.

    Args:
      study: the rung.
      folder: its results.
      dry_run: write nothing.

    Raises:
      ConfigError: if the study is no search's, or its runs are not all there.
    """
    from mpo_repro.study import rungs, search

    if study.search is None:
        allowed = "a study with a section search"
        raise ConfigError(f"study {study.name}", "search", "nothing", allowed)
    ranked = search.ranking(study, _load(folder))
    Console(highlight=False).print(_table(study, ranked))
    file = rungs.next_file(study, ranked)
    if dry_run:
        typer.echo(f"next: {file.path} (not written)")
        return
    rungs.write(file)
    typer.echo(f"written: {file.path}")
    if study.search.rungs:
        typer.echo(f"next: mpo-repro study run {file.path.stem}")


def _load(folder: Path):
    from mpo_repro.analysis.results import load

    try:
        return load(folder)
    except (FileNotFoundError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _table(study: Study, ranked) -> Table:
    from mpo_repro.study import search

    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column("arm", no_wrap=True)
    for heading in ("score", *study.tasks):
        table.add_column(heading, justify="right", overflow="fold")
    rows = [(score.arm, score.mean, score.tasks) for score in ranked]
    theirs = search.published_scores(study)
    if theirs:
        rows.append((PUBLISHED, sum(theirs.values()) / len(theirs), theirs))
    for name, mean, tasks in rows:
        values = (mean, *(tasks[task] for task in study.tasks))
        table.add_row(name, *(f"{value:.3f}" for value in values))
    return table
