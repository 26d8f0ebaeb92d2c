"""Filling the generated blocks of the README and of the pages in docs/."""

import re
from collections.abc import Callable
from pathlib import Path

from mpo_repro.report.documentation import (
    certificates,
    claims,
    costs,
    method,
    recipes,
    settings,
    speed,
)

BLOCKS: dict[str, Callable[[], str]] = {
    "method-functions": method.sources,
    "method-files": method.files,
    "method-others": method.without_source,
    "settings-stated": settings.stated,
    "settings-open": settings.open_,
    "settings-absent": settings.absent,
    "recipes": recipes.descriptions,
    "recipes-ours": recipes.ours,
    "recipes-published": recipes.published,
    "tests": claims.tests,
    "defects": costs.table_of_costs,
    "errata": certificates.errata,
    "certificates": certificates.each,
    "certificates-overview": certificates.overview,
    "speed": speed.tables,
    "speed-updates": speed.updates,
}
_BLOCK = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str) -> str:
    """Replaces the content of every block of a page.

    Args:
      text: the page.

    Raises:
      KeyError: if a block is none of `BLOCKS`.
    """
    return _BLOCK.sub(
        lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n\n{match[3]}", text
    )


def names(text: str) -> list[str]:
    """Lists the blocks of a page."""
    return [match[2] for match in _BLOCK.finditer(text)]


def stale(root: Path) -> dict[Path, str]:
    """Maps the pages that are out of date to what they should be.

    Args:
      root: the folder of README.md and docs/.
    """
    found = {}
    for path in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        text = path.read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            found[path] = filled
    return found
