"""The tables of settings: what the paper states, and what it leaves open."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mpo_repro.config import files, load_recipe
from mpo_repro.report.documentation.markdown import cell, code, table

# The recipe that has every setting, with its source.
FILE = files.CHECKOUT / "paper_configs" / "recipes" / "paper.yaml"
# Its second variant, with those settings that the first has none of.
PARAMETRIC = FILE.with_name("paper-parametric.yaml")
_SECTION = re.compile(r"([a-z_]+):\s*(?:#.*)?")
_SETTING = re.compile(r"  ([a-z_]+): (.*?)(?:\s+# (.*))?")
_MORE = re.compile(r" {20,}# (.*)")
_BEGINS = ("P1", "Open:", "Not in the paper", "There is no")
STATED, OPEN = "P1", "Open: "


class Setting(NamedTuple):
    """A setting of paper.yaml.

    Attributes:
      key: dotted name.
      value: as it stands there.
      source: the comment beside it.
      about: what the setting is, where its section says so.
    """

    key: str
    value: str
    source: str
    about: str


def settings(file: Path = FILE) -> list[Setting]:
    """Reads the settings of paper.yaml, or PARAMETRIC, with the comments beside them.

    A comment that goes on in a line of its own is about the setting above it. One that
    goes on beside the next setting is about both.
    """
    recipe, section, rows = load_recipe(file), "", []
    for line in file.read_text(encoding="utf-8").splitlines():
        if match := _SECTION.fullmatch(line):
            section = match[1]
        elif section and (match := _SETTING.fullmatch(line)):
            key, value, comment = match.groups()
            about = type(getattr(recipe, section)).model_fields[key].description
            rows.append([f"{section}.{key}", value, comment or "", about or ""])
        elif rows and (match := _MORE.fullmatch(line)):
            rows[-1][2] += f" {match[1]}"
    _join(rows)
    return [Setting(*row) for row in rows]


def _join(rows: list[list[str]]) -> None:
    """Gives comments of several lines, whole, to each setting beside which they are."""
    first = 0
    for place, row in enumerate(rows):
        if row[2].startswith(_BEGINS):
            first = place
            continue
        whole = f"{rows[first][2]} {row[2]}"
        for other in rows[first : place + 1]:
            other[2] = whole


def stated() -> str:
    """Writes the table of what the paper states."""
    return _table(lambda source: source.startswith(STATED), "Where")


def open_() -> str:
    """Writes the table of what the paper leaves open, and what was chosen."""
    return _table(lambda source: source.startswith(OPEN), "Why")


def absent() -> str:
    """Writes the table of what the paper does not have, and others do."""
    return _table(lambda source: not source.startswith((STATED, OPEN)), "Source")


def _table(belongs: Callable[[str], bool], heading: str) -> str:
    rows = [
        (
            code(row.key),
            code(row.value),
            cell(row.source.removeprefix(OPEN)),
            cell(row.about),
        )
        for row in settings()
        if belongs(row.source)
    ]
    return table(("Setting", "Value", heading, "What it is"), rows)
