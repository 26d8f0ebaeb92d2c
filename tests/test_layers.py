"""Who may import whom, read from the source, imports inside functions included."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "mpo_repro"
BASE = {"mpo", "environments", "config"}
ALLOWED = {
    "mpo": set(),
    "environments": set(),
    "config": set(),
    "runs": {"config"},
    "kernels": {"mpo"},
    "training": BASE | {"runs", "kernels"},
    "baselines": BASE | {"runs", "training"},  # its checkpoints and evaluation
    "derivations": {"mpo"},
    "analysis": {"config", "runs"},
    "report": {"analysis", "config"},
}
_BELOW = set(ALLOWED)
ALLOWED |= {
    "study": _BELOW | {"benchmark"},
    "artifacts": _BELOW,
    "benchmark": _BELOW,
    "cli": _BELOW | {"study", "artifacts", "benchmark"},
}
HEAVY = {"torch", "dm_control", "envpool", "mujoco", "pandas", "seaborn", "matplotlib"}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(name: str) -> str:
    """The room of a module's dotted name; empty for mpo_repro itself."""
    return (name.split(".") + [""])[1]


def imported(tree: ast.AST, package: str) -> set[str]:
    """Lists the full names of all that a module imports.

    Args:
      tree: the module, or a part of it.
      package: the package that holds the module, to resolve relative imports.
    """
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: -(node.level - 1) or None] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{stem}.{alias.name}" for alias in node.names}
    return names


def dotted(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: dotted(file)[10:])
def test_a_room_imports_only_what_it_may(file):
    package = dotted(file).rpartition(".")[0]
    names = imported(ast.parse(file.read_text(encoding="utf-8")), package)
    rooms = {room(name) for name in names if name.startswith("mpo_repro.")}
    here = room(dotted(file))
    if here not in ALLOWED:
        assert file.parent == PACKAGE, f"{here} is a room that ALLOWED does not know"
        # The public API, imported when it is asked for.
        allowed = {"__init__": {"artifacts"}, "__main__": {"cli"}}[file.stem]
    else:
        allowed = ALLOWED[here] | {here}
    own = {"", "__version__"} | allowed
    assert rooms <= own, f"{dotted(file)} imports {sorted(rooms - own)}"


@pytest.mark.parametrize(
    "file", sorted((PACKAGE / "cli").glob("*.py")), ids=lambda file: file.stem
)
def test_a_command_imports_what_is_heavy_inside_its_function(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = imported(ast.Module(top, []), "mpo_repro.cli")
    light = {"", "__version__", "config", "cli"}
    assert not {name.split(".")[0] for name in names} & HEAVY
    assert {room(name) for name in names if name.startswith("mpo_repro.")} <= light


def test_the_reading_of_imports_sees_every_form():
    source = """
import mpo_repro.cli.app
from mpo_repro import training
from . import errors
from ..mpo import e_step
def f():
    from mpo_repro.analysis.scores import normalise
"""
    assert imported(ast.parse(source), "mpo_repro.config") == {
        "mpo_repro.cli.app",
        "mpo_repro.training",
        "mpo_repro.config.errors",
        "mpo_repro.mpo.e_step",
        "mpo_repro.analysis.scores.normalise",
    }


def test_run_folders_are_read_without_torch():
    for file in (PACKAGE / "runs").glob("*.py"):
        names = imported(ast.parse(file.read_text(encoding="utf-8")), "mpo_repro.runs")
        assert "torch" not in {name.split(".")[0] for name in names}, file.name
