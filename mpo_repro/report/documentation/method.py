"""The table of functions of mpo_repro/mpo, by the source that their docstrings name."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

from mpo_repro.report.documentation.markdown import cell, code, table

MATHEMATICS = Path(__file__).parents[2] / "mpo"
_SOURCE = re.compile(r"^\s*Source: (.+?)\s*\Z", re.MULTILINE | re.DOTALL)


class Function(NamedTuple):
    """A public function of the mathematics.

    Attributes:
      module: its file's name without suffix.
      name: its name; of a method, with its class.
      summary: the docstring's first paragraph.
      source: what follows "Source:", or None.
    """

    module: str
    name: str
    summary: str
    source: str | None


def functions() -> list[Function]:
    """Lists the public functions, in the order of files and lines."""
    found = []
    for path in sorted(MATHEMATICS.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found.append(_function(path.stem, node))
    return found


def _function(module: str, node: ast.FunctionDef) -> Function:
    text = ast.get_docstring(node) or ""
    source = _SOURCE.search(text)
    summary = " ".join(text.partition("\n\n")[0].split())
    told = " ".join(source[1].split()) if source else None
    return Function(module, node.name, summary, told)


def modules() -> dict[str, str]:
    """Maps files that name a source for the whole of them to that source."""
    found = {}
    for path in sorted(MATHEMATICS.glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        source = _SOURCE.search(text)
        if source:
            found[path.stem] = " ".join(source[1].split())
    return found


def sources() -> str:
    """Writes the table of all functions whose docstring names a source."""
    rows = [
        (_link(row.module, row.name), cell(row.summary), cell(row.source))
        for row in functions()
        if row.source
    ]
    return table(("Function", "What it does", "Source"), rows)


def files() -> str:
    """Writes the table of files that name a source for all that they hold."""
    rows = [(_link(name), cell(source)) for name, source in modules().items()]
    return table(("File", "Source"), rows)


def without_source() -> str:
    """Names the public functions that follow from no equation of a paper."""
    plain = [_link(row.module, row.name) for row in functions() if not row.source]
    return ", ".join(plain) + "."


def _link(module: str, name: str = "") -> str:
    label = f"{module}.{name}" if name else f"{module}.py"
    return f"[{code(label)}](../mpo_repro/mpo/{module}.py)"
