"""The rule that chooses how updates are executed."""

import pytest

from mpo_repro.config import ConfigError
from mpo_repro.kernels import compiler
from mpo_repro.training import execution


def test_the_rule_compiles_where_it_is_worth_it(monkeypatch):
    monkeypatch.setattr(compiler, "problem", lambda: None)
    enough = execution.WORTH_COMPILING
    assert [execution.choose(n) for n in (-5, enough - 1, enough)] == [
        "plain",
        "plain",
        "compiled",
    ]
    assert execution.choose(0, "compiled") == "compiled"  # the user's choice
    monkeypatch.setattr(compiler, "problem", lambda: "no g++")
    assert execution.settle(enough) == ("plain", "no g++")
    assert execution.settle(enough - 1) == ("plain", "")  # there is nothing to explain


@pytest.fixture
def without(monkeypatch):
    """Takes things away: a compiler, or what the path `short` needs besides."""

    def take(*names):
        def missing(name):
            return lambda: f"no {name}" if name in names else None

        monkeypatch.setattr(compiler, "problem", missing("compiler"))
        short = execution.Need(missing("bfloat16"), dispensable=False)
        needs = {"short": (*execution.NEEDS["compiled"], short)}
        monkeypatch.setattr(execution, "NEEDS", execution.NEEDS | needs)
        monkeypatch.setattr(execution, "PATHS", (*execution.PATHS, "short"))

    return take


@pytest.mark.parametrize(
    ("gone", "wanted", "before", "path", "reason"),
    [
        ((), None, "compiled", "compiled", ""),
        ((), None, "plain", "plain", ""),  # however many updates there are
        ((), None, "short", "short", ""),
        ((), "compiled", "compiled", "compiled", ""),
        ((), "plain", "compiled", "plain", "--execution plain"),
        ((), "compiled", "plain", "compiled", "--execution compiled"),
        (("compiler",), None, "compiled", "plain", "no compiler"),
        (("compiler",), None, "short", "plain", "no compiler"),
        (("compiler",), None, "plain", "plain", ""),
        (("compiler", "bfloat16"), "plain", "short", "plain", "--execution plain"),
        (("bfloat16",), "compiled", "short", "compiled", "--execution compiled"),
    ],
)
def test_a_run_keeps_its_path_while_it_can(without, gone, wanted, before, path, reason):
    without(*gone)
    assert execution.settle(10**6, wanted, before) == (path, reason)


@pytest.mark.parametrize(
    ("gone", "wanted", "before", "told"),
    [
        (("compiler",), "compiled", None, "--execution: given compiled.*no compiler"),
        (("compiler",), "compiled", "compiled", "--execution: .*plain.*no compiler"),
        (("bfloat16",), "short", None, "--execution: given short.*no bfloat16"),
        (("bfloat16",), None, "short", "given short.*--execution plain.*no bfloat16"),
        (("bfloat16", "compiler"), None, "short", "given short"),
        ((), None, "of-a-later-version", "given of-a-later.*plain, compiled"),
    ],
)
def test_what_is_wanted_or_needed_and_not_there_is_refused(
    without, gone, wanted, before, told
):
    without(*gone)
    with pytest.raises(ConfigError, match=told):
        execution.settle(10**6, wanted, before)


def test_every_path_says_what_it_needs():
    assert tuple(execution.NEEDS) == execution.PATHS


def test_an_unknown_path_is_refused():
    with pytest.raises(ValueError, match="'quick'"):
        execution.choose(10, "quick")
