"""A study with made-up runs."""

import importlib.util
from pathlib import Path

import pytest


def _generator():
    path = Path(__file__).with_name("run_folders.py")
    described = importlib.util.spec_from_file_location("run_folders", path)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make():
    """The module that writes studies and run folders."""
    return _generator()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty project folder, made the current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def study(make, root):
    """The study `made`: two tasks, two arms, three seeds, without runs."""
    return make.write_study(root)
