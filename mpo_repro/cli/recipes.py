"""mpo-repro recipes: the settings of algorithms, whole, and side by side."""

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from mpo_repro.cli import _completion
from mpo_repro.cli._options import Settings

EXAMPLES = (
    "mpo-repro recipes list",
    "mpo-repro recipes show default",
    "mpo-repro recipes show default --set policy.hidden='[64, 64]'",
    "mpo-repro recipes diff paper default",
)
NOT_THERE = "-"

recipes = typer.Typer(help="Look at recipes: the settings of algorithms.")
Recipe = Annotated[
    str,
    typer.Argument(
        help="A name in paper_configs/recipes, or a file.",
        autocompletion=_completion.recipes,
    ),
]


@recipes.command("list")
def list_() -> None:
    """List the recipes: what each extends, and what it is."""
    from rich.console import Console
    from rich.table import Table

    from mpo_repro.config import files

    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column("recipe", no_wrap=True)
    table.add_column("extends", no_wrap=True)
    table.add_column("description", overflow="fold")
    for path in sorted((files.configs() / "recipes").glob("*.yaml")):
        said = files.read(path)
        description = " ".join(str(said.get("description", "")).split())
        table.add_row(path.stem, said.get("extends", NOT_THERE), description)
    Console(highlight=False).print(table)


@recipes.command("show")
def show(
    recipe: Recipe,
    set_: Settings = None,
) -> None:
    """Print a recipe with everything that it extends, as YAML."""
    from mpo_repro.config import load_recipe, override, parse_settings

    whole = override(load_recipe(recipe), parse_settings(set_ or []))
    for line in _lines(whole.model_dump(mode="json")):
        typer.echo(line)


@recipes.command("diff")
def diff(first: Recipe, second: Recipe) -> None:
    """List the settings in which two recipes differ."""
    from rich.console import Console
    from rich.table import Table

    one, other = _settings(first), _settings(second)
    keys = dict.fromkeys([*one, *other])
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    table.add_column(first, overflow="fold")
    table.add_column(second, overflow="fold")
    for key in keys:
        values = one.get(key, NOT_THERE), other.get(key, NOT_THERE)
        if values[0] != values[1]:
            table.add_row(key, *values)
    console = Console(highlight=False)
    if table.row_count:
        console.print(table)
    console.print(f"{table.row_count} of {len(keys)} settings differ")


def _settings(recipe: str) -> dict[str, str]:
    """Lists a recipe's settings: dotted key, and value as YAML writes it."""
    from mpo_repro.config import load_recipe
    from mpo_repro.config.recipes import setting_keys

    data = load_recipe(recipe).model_dump(mode="json")
    found = {}
    for key in setting_keys(data):
        value = data
        for part in key.split("."):
            value = value[part]
        found[key] = _text(value)
    return found


def _lines(data: dict, indent: str = "") -> Iterator[str]:
    """Writes nested settings as YAML, a line a setting."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{key}: {_text(value)}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
