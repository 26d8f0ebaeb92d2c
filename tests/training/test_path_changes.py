"""The execution path of a run that is resumed, or whose compiler fails.

Graphs are executed as they were traced here: no compiler is waited for.
"""

import json

import pytest
import torch
from torch._dynamo.exc import BackendCompilerFailed

from mpo_repro.config import ConfigError
from mpo_repro.kernels import compiler
from mpo_repro.training import execution, process, together


@pytest.fixture(autouse=True)
def fused(monkeypatch):
    """Has torch return graphs as they are."""
    monkeypatch.setattr(torch._inductor, "standalone_compile", lambda g, *_, **__: g)
    monkeypatch.setattr(compiler, "_known", {})
    monkeypatch.setattr(compiler, "_try", lambda *_: None)


@pytest.fixture
def gone(monkeypatch):
    """Takes the compiler away."""

    def take():
        monkeypatch.setattr(compiler, "_known", {})
        monkeypatch.setattr(compiler, "_try", lambda *_: "there is no compiler g++")

    return take


@pytest.fixture
def breaking(monkeypatch):
    """Has torch fail to compile, as inductor does where g++ fails."""
    text = "C++ compile error\n\nCommand:\ng++\n\nOutput:\nx: error: no Python.h"

    def break_(error=None):
        def fail(*_, **__):
            raise error or BackendCompilerFailed(fail, RuntimeError(text), None)

        monkeypatch.setattr(torch._inductor, "standalone_compile", fail)

    return break_


def told(folder):
    return json.loads((folder / "run.json").read_text())


def messages(caplog):
    """Lists what was logged, but for torch's own trace."""
    records = [one for one in caplog.records if not one.name.startswith("torch")]
    return [one.getMessage() for one in records]


def paths(folder):
    about = told(folder)
    changes = [
        (one["environment_steps"], one["updates"], one["from"], one["to"])
        for one in about["execution_changes"]
    ]
    return about["execution_path"], changes


COMPILED = {"execution": "compiled", "steps": 240, "interval": 1000}
LONGER = {"execution": None, "steps": 480, "interval": 1000}


def test_a_new_run_without_a_compiler_is_plain_and_one_line_explains_it(
    plan, gone, monkeypatch, tmp_path, caplog
):
    monkeypatch.setattr(execution, "WORTH_COMPILING", 1)
    gone()
    process.train(plan(**LONGER), tmp_path)
    assert paths(tmp_path) == ("plain", [])
    assert messages(caplog) == ["updates are not compiled: there is no compiler g++"]


def test_a_run_whose_compiler_is_gone_goes_on_plain_and_records_it(
    plan, gone, tmp_path, caplog
):
    process.train(plan(**COMPILED), tmp_path)
    assert paths(tmp_path) == ("compiled", [])
    gone()
    process.train(plan(**LONGER), tmp_path)
    assert paths(tmp_path) == ("plain", [(240, 18, "compiled", "plain")])
    (change,) = told(tmp_path)["execution_changes"]
    assert change["reason"] == "there is no compiler g++"
    assert messages(caplog) == [
        "plain from environment step 240 on, compiled before: there is no compiler g++"
    ]


def test_a_path_given_on_resuming_is_taken_and_each_change_recorded(plan, tmp_path):
    process.train(plan(**COMPILED), tmp_path)
    process.train(plan(**LONGER | {"execution": "plain"}), tmp_path)
    process.train(plan(**LONGER | {"steps": 720}), tmp_path)
    assert paths(tmp_path) == ("plain", [(240, 18, "compiled", "plain")])
    process.train(plan(**COMPILED | {"steps": 800}), tmp_path)
    first, second = told(tmp_path)["execution_changes"]
    assert (first["reason"], second["reason"]) == (
        "--execution plain",
        "--execution compiled",
    )
    assert (second["environment_steps"], second["to"]) == (720, "compiled")


def test_what_is_refused_leaves_the_run_as_it_was(plan, gone, tmp_path):
    process.train(plan(**COMPILED), tmp_path / "run")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    gone()
    with pytest.raises(ConfigError, match=r"--execution.*there is no compiler g\+\+"):
        process.train(plan(**COMPILED | {"steps": 480}), tmp_path / "run")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    with pytest.raises(ConfigError):
        process.train(plan(**COMPILED), tmp_path / "new")
    assert not (tmp_path / "new" / "run.json").exists()


def test_where_torch_cannot_compile_a_new_run_is_the_plain_run(
    plan, breaking, monkeypatch, tables, tmp_path, caplog
):
    process.train(plan(steps=480), tmp_path / "plain")
    monkeypatch.setattr(execution, "WORTH_COMPILING", 1)
    breaking()
    process.train(plan(steps=480, execution=None), tmp_path / "run")
    assert paths(tmp_path / "run") == ("plain", [])
    assert told(tmp_path / "run")["ended"] == "completed"
    assert tables(tmp_path / "run") == tables(tmp_path / "plain")
    assert messages(caplog) == [
        "updates are not compiled: torch cannot compile them: no Python.h"
    ]


def test_where_torch_cannot_compile_a_resumed_run_goes_on_plain(
    plan, breaking, tmp_path
):
    process.train(plan(**COMPILED), tmp_path)
    breaking()
    process.train(plan(**LONGER), tmp_path)
    assert paths(tmp_path) == ("plain", [(240, 18, "compiled", "plain")])


def test_where_torch_cannot_compile_what_was_asked_for_is_refused(
    plan, breaking, tmp_path
):
    breaking()
    with pytest.raises(ConfigError, match="torch cannot compile them: no Python.h"):
        process.train(plan(**COMPILED), tmp_path)


def test_an_error_of_learning_is_no_error_of_the_compiler(plan, breaking, tmp_path):
    breaking(ZeroDivisionError("in the loss"))
    with pytest.raises(ZeroDivisionError, match="in the loss"):
        process.train(plan(**COMPILED), tmp_path)
    assert compiler.problem() is None


def test_runs_that_train_together_start_again_together(
    plan, breaking, monkeypatch, tmp_path
):
    monkeypatch.setattr(execution, "WORTH_COMPILING", 1)
    breaking()
    plans = [plan(**LONGER)._replace(seed=seed) for seed in (3, 4)]
    folders = [tmp_path / "3", tmp_path / "4"]
    together.train_together(plans, folders)
    assert [paths(folder) for folder in folders] == [("plain", []), ("plain", [])]


def test_that_it_compiles_is_shown_before_learning(plan, tmp_path):
    seen = []
    process.train(plan(**COMPILED), tmp_path, seen.append)
    stands = [one.environment_steps for one in seen if one.compiling]
    assert stands == [102]
    seen.clear()
    process.train(plan(**COMPILED | {"execution": "plain"}), tmp_path / "plain")
    assert not any(one.compiling for one in seen)
