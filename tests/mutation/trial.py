"""Runs the tests on one mutant, to be called in a process of its own (`forks`)."""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import Phase, settings
from mutants import Mutant

# What costs time and tells apart nothing: plugins, rewritten asserts, tracebacks.
_WITHOUT = ("cacheprovider", "unraisableexception", "threadexception", "junitxml")
_OPTIONS = ("-x", "-q", "--tb=no", "--assert=plain", *(f"-pno:{p}" for p in _WITHOUT))
# A test that is known by name only may be gone: then nothing is red.
_GREEN = {
    pytest.ExitCode.OK,
    pytest.ExitCode.NO_TESTS_COLLECTED,
    pytest.ExitCode.USAGE_ERROR,
}
LIMIT = 300  # seconds; a mutant that never ends counts as caught


class Verdict(NamedTuple):
    """What the tests said: the first red one, or an empty text if all were green."""

    killer: str
    tests: int


def snapshot(root: Path, folder: Path) -> None:
    """Copies what the tests of `mpo` need: the package, its tests, their settings."""
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("mpo_repro/mpo", "tests/mpo"):
        shutil.copytree(root / part, folder / part, ignore=ignored)
    for file in ("mpo_repro/__init__.py", "pyproject.toml", "tests/conftest.py"):
        shutil.copy(root / file, folder / file)


def package(original: Path, folder: Path, mutant: Mutant | None) -> None:
    """Makes a copy of the package with one file mutated."""
    shutil.copytree(original / "mpo_repro", folder / "mpo_repro")
    if mutant is not None:
        file = folder / "mpo_repro" / "mpo" / mutant.file
        file.write_text(mutant.source, encoding="utf-8")


def stages(original: Path, stem: str) -> list[list[str]]:
    """Lists what to run: the module's own tests, then those of the other modules.

    Args:
      original: the snapshot, which holds the tests.
      stem: of the mutated module, "e_step".
    """
    tests = original / "tests" / "mpo"
    own = tests / f"test_{stem}.py"
    others = [path for path in sorted(tests.glob("test_*.py")) if path != own]
    stages = [[own], others] if own.exists() else [others]
    return [[str(path) for path in part] for part in stages]


def run(
    folder: Path, original: Path, stages: list[list[str]], likely: list[str]
) -> Verdict:
    """Runs the stages until a test is red.

    Args:
      folder: holds the mutated `mpo_repro`.
      original: the snapshot, which holds the tests.
      stages: arguments of pytest, as `stages` lists them.
      likely: names of tests, those that have killed most first.
    """
    signal.alarm(LIMIT)
    os.chdir(original)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, str(folder))
    _only_generate()
    watcher = _Watcher(likely)
    for arguments in stages:
        code = pytest.main([*_OPTIONS, *arguments], plugins=[watcher])
        _is_the_copy(folder)
        if code not in _GREEN:
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
