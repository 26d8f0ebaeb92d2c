"""Collected results of a study with made-up runs."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from mpo_repro.analysis.collect import collect
from mpo_repro.analysis.results import load
from mpo_repro.report.figures import draw


@pytest.fixture(scope="session")
def make():
    """The module that writes studies and run folders."""
    path = Path(__file__).parents[1] / "analysis" / "run_folders.py"
    described = importlib.util.spec_from_file_location("run_folders", path)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def collected(make, tmp_path_factory):
    """results/made with data only: two tasks, two arms, three seeds, one missing."""
    root, before = tmp_path_factory.mktemp("project"), Path.cwd()
    os.chdir(root)
    try:
        study = make.write_study(root)
        for run in study.runs()[1:]:
            make.write_run(root, run)
        collect(study, root / "results" / "made", root)
    finally:
        os.chdir(before)
    return root / "results" / "made"


@pytest.fixture(scope="session")
def drawn(collected, tmp_path_factory):
    """results/made with its figures drawn."""
    root = tmp_path_factory.mktemp("drawn")
    made = Path(shutil.copytree(collected, root / "results" / "made"))
    draw(load(made))
    return made


@pytest.fixture(scope="session")
def uneven_data(make, tmp_path_factory):
    """results/made of a study with two budgets and an arm on one task and two seeds."""
    root, before = tmp_path_factory.mktemp("uneven"), Path.cwd()
    os.chdir(root)
    side = make.ARMS["td"] | {"tasks": ["walker-walk"], "seeds": [0, 2]}
    arms = {"reference": make.ARMS["reference"], "side": side}
    try:
        study = make.write_study(root, arms=arms, task_steps={"walker-walk": 250_000})
        for run in study.runs():
            make.write_run(root, run, steps=300_000)
        collect(study, root / "results" / "made", root)
    finally:
        os.chdir(before)
    return root / "results" / "made"


@pytest.fixture
def uneven(uneven_data, tmp_path):
    """What a copy of it holds."""
    return load(Path(shutil.copytree(uneven_data, tmp_path / "results" / "made")))


@pytest.fixture
def folder(collected, tmp_path):
    """A copy of results/made of one's own."""
    return Path(shutil.copytree(collected, tmp_path / "results" / "made"))


@pytest.fixture
def results(folder):
    """What that copy holds."""
    return load(folder)
