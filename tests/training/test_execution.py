"""The rule that chooses how updates are executed."""

import pytest

from mpo_repro.training import execution


def test_the_rule_compiles_where_it_is_worth_it(monkeypatch):
    monkeypatch.setattr(execution.shutil, "which", lambda name: name)
    enough = execution.WORTH_COMPILING
    assert [execution.choose(n) for n in (-5, enough - 1, enough)] == [
        "plain",
        "plain",
        "compiled",
    ]
    monkeypatch.setattr(execution.shutil, "which", lambda name: None)
    assert execution.choose(enough) == "plain"  # no C++ compiler
    assert execution.choose(0, "compiled") == "compiled"  # the user knows


def test_an_unknown_path_is_refused():
    with pytest.raises(ValueError, match="'quick'"):
        execution.choose(10, "quick")
