"""The rule that chooses how updates are executed."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from mpo_repro.config import load_recipe
from mpo_repro.mpo import affine
from mpo_repro.training import execution
from mpo_repro.training.learner import Learner, over_runs
from mpo_repro.training.update import update


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


@pytest.mark.parametrize("device", ["cpu", "meta"])  # meta: at once, as on a GPU
@pytest.mark.parametrize(
    "name",
    [
        *("default", "paper", "parametric", "n1", "categorical"),
        "acme-categorical-as-published",
    ],
)
def test_the_whole_update_is_one_graph(name, device, sequences, monkeypatch):
    graphs = CompileCounter()

    def fused(function):
        return torch.compile(function, backend=graphs, dynamic=False)

    monkeypatch.setattr(execution, "compiled", fused)
    if device == "meta":
        monkeypatch.setattr(affine, "ONEDNN", False)
    learner = Learner(load_recipe(name), 4, 2, [3])
    learner._update = over_runs(update, True, torch.device(device))
    for number in range(2):
        learner.update(sequences([3], number))
    assert graphs.frame_count == 1
