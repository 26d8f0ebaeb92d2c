"""Writing Markdown: tables, code, and texts that hold characters of its syntax."""

import re
from collections.abc import Iterable, Sequence

# An underscore within a word is none.
_SYNTAX = re.compile(r"[\\|*$\[\]]|(?<!\w)_|_(?!\w)")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Writes a table.

    Args:
      headings: one a column.
      rows: cells as Markdown; a vertical bar in a cell must be escaped (`cell`).

    Returns:
      Lines without a last line break.
    """
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Escapes what would be syntax: plain text for a cell of a table, or elsewhere."""
    return _SYNTAX.sub(r"\\\g<0>", " ".join(text.split())).replace("<", "&lt;")


def code(text: str) -> str:
    """Writes code within a line; in a cell, too, as it has no vertical bar."""
    return f"`{text}`"
