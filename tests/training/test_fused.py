"""The graph of an update against the update itself."""

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.config import load_recipe
from mpo_repro.kernels import compiler
from mpo_repro.training import fused
from mpo_repro.training.fused import CompilerError, Fused
from mpo_repro.training.learner import Learner, over_runs
from mpo_repro.training.update import update

RECIPES = ["default", "paper", "parametric", "pg", "n1", "categorical", "rlox", "acme"]
RECIPES += ["pg-one-sample", "acme-categorical-as-published"]


@pytest.fixture
def traced(monkeypatch):
    """Runs graphs as they are traced; returns them."""
    graphs = []

    def kept(graph, tensors):
        graphs.append(graph)
        return graph

    monkeypatch.setattr(fused, "_compile", kept)
    return graphs


@pytest.mark.parametrize("device", ["cpu", "meta"])  # meta: at once, as on a GPU
@pytest.mark.parametrize("name", RECIPES)
def test_the_graph_computes_the_update(name, device, sequences, traced):
    recipe = load_recipe(name)
    plain = Learner(recipe, 4, 2, [3])
    learner = Learner(recipe, 4, 2, [3], "compiled" if device == "cpu" else "plain")
    learner._update = over_runs(update, True, torch.device(device))
    for number in range(2):
        batch = sequences([3], number)
        assert_close(learner.update(batch), plain.update(batch), rtol=1e-3, atol=1e-4)
    assert len(traced) == 1
    for part, value in plain.state.items():
        assert_close(learner.state[part], value, rtol=1e-3, atol=1e-4)


def test_what_is_constant_is_computed_when_it_is_traced_and_trees_come_back(traced):
    calls = []

    def function(factor, tensors, other):
        calls.append(factor)
        return {"sum": tensors["a"] * factor + other[0], "again": [tensors["a"]]}

    quick = Fused(function)
    for number in (1.0, 2.0):
        a = torch.full((2,), number)
        results = quick(3, {"a": a}, (torch.ones(2),))
        assert_close(results, {"sum": 3 * a + 1, "again": [a]})
    assert calls == [3]


@pytest.mark.slow
def test_compiled_it_computes_the_same():
    a, b = torch.randn(30, 20), torch.randn(20, 5)

    def loss(inputs, weight):
        return torch.tanh(inputs @ weight).square().mean()

    def function(shared, inputs, weight):
        return shared * torch.func.grad(loss, argnums=1)(inputs, weight)

    assert_close(Fused(function)(2.0, a, b), function(2.0, a, b))


def test_a_compiler_that_fails_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    broken = tmp_path / "g++"
    broken.write_text("#!/bin/sh\necho 'x.cpp:1: error: it is broken' >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(torch._inductor.config.cpp, "cxx", (None, str(broken)))
    quick = Fused(lambda shared, x: (x.sin() + shared).sum())
    with pytest.raises(CompilerError, match="No working C"):
        quick(1.5, torch.randn(33))
    assert "No working C" in compiler.problem()
    compiler._known.clear()
