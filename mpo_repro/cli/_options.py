"""Options and arguments that several commands take."""

from typing import Annotated

import typer

from mpo_repro.cli import _completion

Study = Annotated[
    str,
    typer.Argument(
        help="A name in paper_configs/studies.", autocompletion=_completion.studies
    ),
]
Recipe = Annotated[
    str,
    typer.Option(
        help="A name in paper_configs/recipes, or a file.",
        autocompletion=_completion.recipes,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="KEY=VALUE over the recipe; may be repeated.",
        autocompletion=_completion.settings,
    ),
]
Execution = Annotated[
    str | None,
    typer.Option(
        "--execution",
        help="plain or compiled; by default the study's, the run's, or the rule's.",
        autocompletion=_completion.executions,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
