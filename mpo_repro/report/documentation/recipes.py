"""The tables of recipes: the settings in which they differ from the paper's."""

from functools import cache

from mpo_repro.config import files, load_recipe
from mpo_repro.config.algorithms import algorithm
from mpo_repro.report.documentation.markdown import cell, code, table
from mpo_repro.report.settings_table import as_text, flatten

BASE = "paper"
MISSING = "–"  # a setting that another method of improvement does not have
OURS = ("paper", "default", "parametric", "epg", "pg", "n1", "categorical", "atari")
AS_PUBLISHED = "-as-published"


@cache
def names() -> tuple[str, ...]:
    """Lists the recipes of MPO: `paper` first, each -as-published after its base."""
    folder = files.CHECKOUT / "paper_configs" / "recipes"
    found = [path.stem for path in sorted(folder.glob("*.yaml"))]
    chosen = [name for name in found if algorithm(load_recipe(name)) == "mpo"]
    return tuple(sorted(chosen, key=_rank))


def _rank(name: str) -> tuple:
    return name != BASE, name.removesuffix(AS_PUBLISHED), name


def of_others() -> list[str]:
    """Lists the recipes after published code, and those that rest on them."""
    return [
        name
        for name in names()
        if name.endswith(AS_PUBLISHED) or not name.startswith(OURS)
    ]


def ours() -> str:
    """Writes the table of this project's recipes."""
    return compare([name for name in names() if name not in of_others()])


def published() -> str:
    """Writes the table of recipes after published code, beside the paper's."""
    return compare([BASE, *of_others()])


def descriptions() -> str:
    """Writes a heading and the description of every recipe."""
    return "\n\n".join(_described(name) for name in names())


def _described(name: str) -> str:
    said = files.read(files.by_name(name, "recipes"))
    parts = [cell(said["description"])]
    if "extends" in said:
        parts.append(f"Extends [{code(said['extends'])}](#{said['extends']}).")
    if count := len(changes(name)):
        parts.append(f"Differs from {code(BASE)} in {count} settings.")
    return f"### {name}\n\n{' '.join(parts)}"


@cache
def resolved(name: str) -> dict[str, str]:
    """Maps dotted keys to values as YAML writes them."""
    recipe = load_recipe(name).model_dump(mode="json")
    return {key: as_text(value) for key, value in flatten(recipe)}


def differences(name: str) -> dict[str, str]:
    """Maps all settings to a recipe's value, bold; to "" where it is the paper's.

    What the recipe does not have is MISSING.
    """
    base, own = resolved(BASE), resolved(name)
    found = {}
    for key in dict.fromkeys([*base, *own]):
        value = own.get(key, MISSING)
        same = value == base.get(key, MISSING)
        found[key] = "" if same else value if value == MISSING else f"**{value}**"
    return found


def changes(name: str) -> list[str]:
    """Lists the settings of a recipe that are not as in the paper's."""
    return [key for key, value in differences(name).items() if value.startswith("*")]


def compare(chosen: list[str]) -> str:
    """Writes a table of settings by recipes; settings that none changes are left out.

    Args:
      chosen: names; the first is the paper's, whose values are given in full.
    """
    base, columns = resolved(BASE), [differences(name) for name in chosen[1:]]
    rows = []
    for key in dict.fromkeys([*base, *(key for column in columns for key in column)]):
        values = [column.get(key, "") for column in columns]
        if any(value.startswith("*") for value in values):
            rows.append((code(key), base.get(key, MISSING), *values))
    return table(("Setting", *(f"[{name}](#{name})" for name in chosen)), rows)
