"""The iterated E-step: convergence, and its limit."""

import pytest
import torch

from mpo_repro.derivations import nycu_iteration as subject
from mpo_repro.derivations import tabular
from mpo_repro.mpo import e_step


def test_the_regularised_iteration_reaches_the_best_regularised_policy():
    mdp, policy = subject.draw(5, 20, 0.9, 20.0)
    found = subject.iterate_soft(mdp, policy, 0.3)
    assert max(found["errors"].values()) < 1e-12


def test_the_plain_iteration_can_fail_to_settle():
    found = subject.iterate_soft(*subject.draw(12, subject.COUNT, 0.99, 20.0), 1.0)
    assert 0 < found["unsettled"] < 0.05
    assert found["two-cycles"] > 0


def test_a_wrong_e_step_is_noticed(monkeypatch):
    def wrong(q_values, temperature):
        return torch.softmax(q_values / temperature.square(), dim=0)

    monkeypatch.setattr(e_step, "weights", wrong)
    mdp, policy = subject.draw(5, 10, 0.9, 1.0)
    found = subject.iterate_soft(mdp, policy, 0.3)
    assert max(found["errors"].values()) > 1e-3


def test_the_bound_holds_on_the_way():
    mdp, policy = subject.draw(6, 10, 0.9, 1.0)
    found = subject.iterate_hard(mdp, policy)
    assert found["gain of the limit"] >= found["gain of one E-step"] - 1e-3
    q, _ = tabular.bounded(tabular.action_values(mdp, policy), policy, 0.1)
    assert torch.allclose(tabular.kl(q, policy).mean(-1), torch.tensor(0.1).double())


@pytest.mark.slow
def test_the_certificate_passes():
    assert subject.nycu_iteration().passed
