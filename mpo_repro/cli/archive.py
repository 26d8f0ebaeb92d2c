"""mpo-repro archive: a study in one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _completion, _folder

EXAMPLES = (
    "mpo-repro archive reference",
    "mpo-repro archive reference --out supplement.tar",
    "mpo-repro archive --restore supplement.tar",
    "mpo-repro archive --restore reports/variants --restore reports/bisection",
)


def archive(
    study: Annotated[
        str | None,
        typer.Argument(
            help="A name in paper_configs/studies.",
            autocompletion=_completion.studies,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The tar; STUDY.tar if not given.")
    ] = None,
    restore: Annotated[
        list[Path] | None,
        typer.Option(
            help="Write the files of this archive back, or the run folders of a"
            " published study; may be repeated.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make one tar of a study: its runs, tables, figures, report, settings.

    The tar has a manifest with checksums, and the same files give the same bytes.
    Checkpoints are left out. Restored, the study's runs need no training; a file that
    is there with another content is never replaced. Of a folder of published results,
    like reports/variants, the finished runs are restored from its tables.
    """
    from mpo_repro.config import ConfigError
    from mpo_repro.study import archive as tar
    from mpo_repro.study import open_study

    if restore:
        if study is not None or out is not None:
            given = "STUDY or --out beside it"
            raise ConfigError("--restore", "", given, "only the archive")
        _restore(restore)
        return
    if study is None:
        raise ConfigError("STUDY", "", "nothing", "a study, or --restore FILE")
    opened = open_study(study)
    path = out or Path(f"{opened.name}.tar")
    members = tar.archive(opened, path)
    _folder.echo_unverified(run.folder for run in opened.runs())
    size = sum(member["bytes"] for member in members) / 1e6
    typer.echo(f"{len(members)} files, {size:.1f} MB -> {path}")


def _restore(given: list[Path]) -> None:
    """Writes archives and published runs back, the latter together."""
    from mpo_repro.study import archive as tar

    folders = [path for path in given if path.is_dir()]
    for file in (path for path in given if path not in folders):
        found = tar.restore(file)
        typer.echo(
            f"{found['study']}: {len(found['files'])} files,"
            f" {found['finished']} of {found['runs']} runs finished"
        )
    if folders:
        from mpo_repro.study import published

        try:
            new, finished = published.restore(folders)
        except (FileNotFoundError, ValueError) as error:
            typer.echo(error, err=True)
            raise typer.Exit(2) from None
        typer.echo(f"{finished} finished runs, {new} written to {published.RUNS}")
