"""A study with made-up runs."""

import pytest


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty project folder, made the current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def study(make, root):
    """The study `made`: two tasks, two arms, three seeds, without runs."""
    return make.write_study(root)
