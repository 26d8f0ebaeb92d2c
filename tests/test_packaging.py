"""What pyproject.toml declares is what the package imports, and the lock has it all."""

import ast
import re
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mpo_repro"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
EXACT = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!]*")


def canonical(requirement: str) -> str:
    """Names the distribution of a requirement: "PyYAML>=6" -> "pyyaml"."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def imported(file: Path) -> set[str]:
    """Lists the top-level names that a module imports from outside the package."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"mpo_repro"}


def declared() -> set[str]:
    """Lists the distributions that the project needs, its extras included."""
    project = PROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return {canonical(text) for part in lists for text in part}


def test_every_import_is_a_declared_dependency():
    names = set().union(*(imported(file) for file in PACKAGE.rglob("*.py")))
    assert {"torch", "pandas", "markdown_it"} <= names
    owners = packages_distributions()
    needed = {name: {canonical(owner) for owner in owners[name]} for name in names}
    assert not {name for name, found in needed.items() if not found & declared()}


def test_the_lock_has_one_exact_version_of_all_that_is_declared():
    assert [line for line in LOCK if not EXACT.fullmatch(line)] == []
    locked = [canonical(line) for line in LOCK]
    assert len(set(locked)) == len(locked)
    assert declared() <= set(locked)
    # `pip install --no-build-isolation` builds with what is installed.
    build = {canonical(text) for text in PROJECT["build-system"]["requires"]}
    assert build <= set(locked)


def test_files_that_are_no_code_are_packaged():
    files = [file for file in PACKAGE.rglob("*") if file.is_file()]
    files = [file for file in files if file.suffix not in {".py", ".pyc"}]
    names = {file.relative_to(PACKAGE).as_posix() for file in files}
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["mpo_repro"]
    assert {"analysis/published/mpo.parquet", "analysis/published/LICENSE"} <= names
    assert not {
        name for name in names if not any(fnmatch(name, text) for text in patterns)
    }
