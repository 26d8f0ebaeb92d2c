"""Runs the tests on one mutant, in a process of its own.

The process is forked after torch, sympy and pytest are loaded, and before any module of
`mpo_repro` is: a trial then costs its tests and not its imports.
"""

import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import Phase, settings

ROOMS = ("mpo", "derivations")  # whose tests may kill
LIMIT = 900  # seconds; a mutant that never ends counts as caught


class Verdict(NamedTuple):
    """What the tests said: the first red one, or an empty text if all were green."""

    killer: str
    tests: int


def snapshot(root: Path, folder: Path, rooms: tuple[str, ...]) -> None:
    """Copies what the tests of some rooms need: edits meanwhile do not matter."""
    ignored = shutil.ignore_patterns("__pycache__", "*.parquet")
    shutil.copytree(root / "mpo_repro", folder / "mpo_repro", ignore=ignored)
    for room in rooms:
        shutil.copytree(root / "tests" / room, folder / "tests" / room, ignore=ignored)
    shutil.copytree(root / "paper_configs", folder / "paper_configs")
    for file in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(root / file, folder / file)


def package(original: Path, folder: Path, file: str | None, source: str) -> None:
    """Makes a copy of mpo_repro whose mpo/<file> is `source`; the rest is linked."""
    inside = folder / "mpo_repro"
    inside.mkdir(parents=True)
    for path in (original / "mpo_repro").iterdir():
        if path.name not in ("mpo", "__pycache__"):
            (inside / path.name).symlink_to(path)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(original / "mpo_repro" / "mpo", inside / "mpo", ignore=ignored)
    if file is not None:
        (inside / "mpo" / file).write_text(source, encoding="utf-8")


def stages(original: Path, stem: str | None) -> list[list[str]]:
    """Lists what to run, the most likely killer first: own tests, room, checks."""
    tests = original / "tests"
    own = tests / "mpo" / f"test_{stem}.py"
    others = [path for path in sorted((tests / "mpo").glob("test_*.py")) if path != own]
    listed = [[own]] if own.exists() else []
    listed.append(others)
    checks = sorted((tests / "derivations").glob("test_*.py"))
    if checks and (stem is None or _is_checked(original, stem)):
        listed.append(checks)
    return [[str(path) for path in part] for part in listed]


def _is_checked(original: Path, stem: str) -> bool:
    """Whether any file of the checks names the module."""
    checks = (original / "mpo_repro" / "derivations").glob("*.py")
    return any(re.search(rf"\b{stem}\b", path.read_text("utf-8")) for path in checks)


def run(folder: Path, original: Path, stem: str | None, likely: list[str]) -> Verdict:
    """Runs the stages until a test is red; to be called in a process of its own.

    Args:
      folder: holds the mutated `mpo_repro`.
      original: the snapshot, which holds the tests.
      stem: of the mutated module, "e_step"; None for none.
      likely: names of tests, those that have killed most first.
    """
    signal.alarm(LIMIT)
    os.chdir(original)
    sys.path.insert(0, str(folder))
    _only_generate()
    watcher = _Watcher(likely)
    for paths in stages(original, stem):
        arguments = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", *paths]
        code = pytest.main(arguments, plugins=[watcher])
        _is_the_copy(folder)
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return Verdict(watcher.red or f"pytest exits with {code}", watcher.count)
    return Verdict("", watcher.count)


def _only_generate() -> None:
    """Makes hypothesis draw the same examples each time, and not shrink them."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutation", derandomize=True, database=None, phases=phases
    )
    settings.load_profile("mutation")


def _is_the_copy(folder: Path) -> None:
    """Makes sure that the mutant was tested, and not an installed package."""
    module = sys.modules.get("mpo_repro")
    if module is not None and folder not in Path(module.__file__).parents:
        raise RuntimeError(f"the tests have imported {module.__file__}")


class _Watcher:
    """Remembers the first red test, and runs likely killers first."""

    def __init__(self, likely: list[str]):
        self.red, self.count = "", 0
        self.rank = {name: place for place, name in enumerate(likely)}

    def pytest_collection_modifyitems(self, items: list) -> None:
        items.sort(key=lambda item: self.rank.get(item.nodeid, len(self.rank)))

    def pytest_collectreport(self, report) -> None:
        if report.failed:
            self.red = self.red or f"{report.nodeid} (import)"

    def pytest_runtest_logreport(self, report) -> None:
        self.count += report.when == "call"
        if report.failed:
            self.red = self.red or report.nodeid
