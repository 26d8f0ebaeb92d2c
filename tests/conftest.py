"""A small project of its own, in a temporary folder: the paper's recipe, one study."""

import importlib.util
from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[1] / "paper_configs"
MAKER = Path(__file__).parent / "analysis" / "run_folders.py"

STUDY = """\
name: tiny
title: Tiny
tasks: [pendulum-swingup, reacher-easy]
seeds: [0, 7]
steps: 3000
evaluation: {interval: 1000, episodes: 2}
arms:
  paper: {recipe: paper, label: Paper}
  wide:
    recipe: paper
    label: Wide
    set: {policy.hidden: [300, 300]}
"""

CLAIM = """\
id: C1
title: Wide is better
words: Wide beats paper.
source: nowhere
family: one
parts:
  - name: better
    study: tiny
    tasks: [reacher-easy]
    treatments: [wide]
    reference: paper
    measure: {score: final}
    test: {name: superiority, margin: 0.1, reason: a tenth}
    expected: {effect: 0.2, sd: 0.1, reason: guessed}
"""


class Project:
    """A folder with paper_configs that is the current one."""

    def __init__(self, root: Path):
        self.root = root

    def write(self, path: str, text: str) -> Path:
        """Writes paper_configs/<path>."""
        file = self.root / "paper_configs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def edit(self, path: str, old: str, new: str) -> Path:
        """Replaces the one place of a text in paper_configs/<path>."""
        text = (self.root / "paper_configs" / path).read_text(encoding="utf-8")
        assert text.count(old) == 1
        return self.write(path, text.replace(old, new))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with the recipe `paper` and the study `tiny`, as current folder.

    The recipe learns at every eighth step, not at every one, so that runs are short.
    """
    made = Project(tmp_path)
    paper = (SHIPPED / "recipes" / "paper.yaml").read_text(encoding="utf-8")
    ratio = "steps_per_update: {}.0 "
    assert ratio.format(1) in paper
    made.write("recipes/paper.yaml", paper.replace(ratio.format(1), ratio.format(8)))
    made.write("studies/tiny.yaml", STUDY)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def claim(project):
    """The file of a claim on the study `tiny`."""
    return project.write("claims/c1.yaml", CLAIM)


@pytest.fixture(scope="session")
def make():
    """The module that writes studies and made-up run folders."""
    described = importlib.util.spec_from_file_location(MAKER.stem, MAKER)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def pytest_terminal_summary(terminalreporter):
    """Prints the tables that tests have recorded, in whichever process they ran."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, text in getattr(report, "user_properties", ()):
                if name == "table" and report.when == "call":
                    terminalreporter.section(report.nodeid)
                    terminalreporter.write_line(text)
