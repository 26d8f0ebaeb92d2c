"""`mpo-repro recipes`: what it lists, and that a shown recipe is a recipe."""

import pytest

from mpo_repro.cli import app
from mpo_repro.config import load_recipe

SMALL = """\
extends: paper
description: A smaller one.
policy: {hidden: [8, 8]}
improvement: {samples: 3}
"""


@pytest.fixture
def command(project, capsys, monkeypatch):
    """Runs a command: exit code and lines on stdout, in 72 columns."""
    project.write("recipes/small.yaml", SMALL)
    monkeypatch.setenv("COLUMNS", "72")

    def call(*given):
        with pytest.raises(SystemExit) as end:
            app.main(["recipes", *given])
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines), default=0) <= 72
        return end.value.code or 0, lines

    return call


def test_list_says_what_each_extends(command):
    code, lines = command("list")
    assert code == 0
    assert lines[-1].split() == ["small", "paper", "A", "smaller", "one."]
    assert lines[1].split()[:2] == ["paper", "-"]


def test_show_prints_a_recipe_that_can_be_read_back(command, project):
    code, lines = command("show", "small", "--set", "improvement.epsilon=0.5")
    assert code == 0
    project.write("recipes/shown.yaml", "\n".join(lines))
    shown = load_recipe("shown")
    assert shown.policy.hidden == (8, 8)
    assert shown.improvement.epsilon == 0.5
    assert shown.critic == load_recipe("paper").critic


def test_diff_lists_what_differs_and_nothing_else(command):
    code, lines = command("diff", "paper", "small")
    assert code == 0
    found = [line.strip().split("  ") for line in lines[1:-1]]
    rows = {line[0]: line[-1].strip() for line in found}
    assert rows == {"policy.hidden": "[8, 8]", "improvement.samples": "3"}
    assert lines[-1].startswith("2 of ")


def test_a_recipe_does_not_differ_from_itself(command):
    code, lines = command("diff", "small", "small")
    assert code == 0
    assert len(lines) == 1
    assert lines[0].startswith("0 of ")


def test_an_unknown_recipe_is_refused(command, capsys):
    assert command("diff", "paper", "smal")[0] == 2
    assert command("show", "small", "--set", "policy.hiden=[8]")[0] == 2
