"""`mpo-repro schema`: writes the JSON schemas of the YAML files."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder
from mpo_repro.config.files import configs
from mpo_repro.config.schema import as_text, schemas

EXAMPLES = ("mpo-repro schema",)


def schema(
    out: Annotated[
        Path | None, typer.Option(help="Folder; paper_configs/schema if not given.")
    ] = None,
) -> None:
    """Write the JSON schemas of recipes, studies and the workflow's settings."""
    folder = _folder.made(out or configs() / "schema")
    for name, content in schemas().items():
        (folder / name).write_text(as_text(content), encoding="utf-8")
        print(folder / name)
