"""Lists the mutants of a module: copies with one operator, term or argument changed.

A mutant is made in the syntax tree, so that no mutant can silently stop to apply when
the code changes. Annotations and docstrings are left alone.
"""

import ast
import copy
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import operators


class Mutant(NamedTuple):
    """One changed copy of a file.

    Attributes:
      file: name of the file, such as "e_step.py".
      line: where the change is.
      function: dotted name of what holds it, or "module".
      operator: what kind of change it is.
      before: the changed expression.
      after: what stands there now.
      number: counts the same change in the same function, from 1.
      tree: the whole unchanged file.
      node: what is changed in it.
      changed: what stands there then.
    """

    file: str
    line: int
    function: str
    operator: str
    before: str
    after: str
    number: int
    tree: ast.Module
    node: ast.AST
    changed: ast.AST

    @property
    def key(self) -> str:
        """Names the mutant without line numbers."""
        again = f" #{self.number}" if self.number > 1 else ""
        place = f"{Path(self.file).stem}.{self.function}"
        return f"{place}: {self.before} -> {self.after}{again}"

    @property
    def source(self) -> str:
        """Returns the whole mutated file; the tree is as before afterwards."""
        fixed = ast.copy_location(copy.deepcopy(self.changed), self.node)
        _Replace(self.node, fixed).visit(self.tree)
        source = ast.unparse(ast.fix_missing_locations(self.tree))
        _Replace(fixed, self.node).visit(self.tree)
        return source


def of_file(path: Path) -> list[Mutant]:
    """Lists all mutants of a module in the order of its lines.

    Args:
      path: the module.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen: dict[str, int] = {}
    found = []
    for node, function, names in _places(tree):
        line = getattr(node, "lineno", 0)
        for operator, changed in operators.changes(node, names):
            before, after = _text(node), _text(changed)
            if before == after:
                continue
            what = operator, before, after, 1, tree, node, changed
            mutant = Mutant(path.name, line, function, *what)
            number = seen[mutant.key] = seen.get(mutant.key, 0) + 1
            found.append(mutant._replace(number=number))
    return sorted(found, key=lambda mutant: mutant.line)


def fingerprint(path: Path) -> str:
    """Returns a hash of a module's code, whatever its comments and docstrings.

    Args:
      path: the module.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [child for child in node.body if not _is_docstring(child)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def _text(node: ast.AST) -> str:
    """Returns an expression, or the first line of a statement."""
    return ast.unparse(node).splitlines()[0]


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _places(tree: ast.Module) -> Iterator[tuple[ast.AST, str, frozenset[str]]]:
    """Goes through all expressions; with the function and the names that it has."""
    yield from _walk(tree, (), frozenset())


def _walk(node: ast.AST, scope: tuple[str, ...], names: frozenset[str]) -> Iterator:
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_docstring(child):
                continue
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                yield from _walk(child, (*scope, child.name), names | _names(child))
                continue
            yield child, ".".join(scope) or "module", names
            yield from _walk(child, scope, names)


def _names(node: ast.AST) -> frozenset[str]:
    """Returns the names of arguments, fields and variables inside a definition."""
    arguments = {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
    used = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
    return frozenset(arguments | used)


def _is_docstring(node: ast.AST) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text and isinstance(node.value.value, str)
