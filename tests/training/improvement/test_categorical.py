"""Discrete improvement against sums written out."""

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.training.improvement import categorical, improved_policy

K = 5


def q_of(one, eta, with_old=True):
    """The improved policy, [B, K]."""
    scaled = (one.found.q_values.T / eta).exp()
    old = one.old.log_probs.exp() if with_old else torch.ones(())
    return old * scaled / (old * scaled).sum(-1, keepdim=True)


@pytest.mark.parametrize("kl", ["exact", "reversed"])
def test_loss_and_gradient(case, kl):
    one = case("categorical", {"improvement.kl": kl}, choices=K)
    loss, metrics = categorical.improve(*one.given)
    eta, alpha = one.values["temperature"], one.values["alpha_joint"]
    old, new = one.old.log_probs.exp(), one.new.log_probs.exp()
    weights = q_of(one, eta.detach())
    first, second = (old, new) if kl == "exact" else (new, old)
    moved = (first * (first / second).log()).sum(-1).mean()
    sums = (old * (one.found.q_values.T / eta).exp()).sum(-1)
    known = (
        eta * (0.1 + sums.log().mean())
        - (weights * new.log()).sum(-1).mean()
        + alpha.detach() * moved
        + alpha * (1e-3 - moved.detach())
    )
    assert_close(loss, known)
    for at in (one.vector, one.duals):
        found, expected = (
            torch.autograd.grad(value, at, retain_graph=True)[0]
            for value in (loss, known)
        )
        assert_close(found, expected, rtol=1e-3, atol=1e-5)
    assert_close(metrics["kl_joint_relative"], moved / 1e-3)


def test_exact_temperature_meets_its_bound(case):
    changes = {"improvement.temperature": "exact", "multipliers.temperature": None}
    one = case("categorical", changes, choices=K)
    _, metrics = categorical.improve(*one.given)
    assert_close(metrics["kl_q_relative"], torch.tensor(1.0), rtol=1e-3, atol=0)
    assert "temperature" not in one.values


def test_weights_without_the_old_policy_are_another_policys(case):
    right = case("categorical", choices=K)
    wrong = case("categorical-as-published", choices=K)
    for one, with_old in ((right, True), (wrong, False)):
        constants, _, _, settings, found, _ = one.given
        state = {"multipliers": torch.full_like(one.duals, 2.0).detach()}
        given = settings, one.old, found.actions, found.q_values
        q = improved_policy(constants, state, *given)
        eta = torch.nn.functional.softplus(torch.tensor(2.0))
        assert_close(q.weights.T, q_of(one, eta, with_old))


def test_leaked_the_temperature_follows_the_policy_s_loss_as_well(case):
    right = case("categorical", choices=K)
    wrong = case("acme-categorical-as-published", choices=K)
    losses = [categorical.improve(*one.given)[0] for one in (right, wrong)]
    assert_close(*losses)
    pairs = zip((right, wrong), losses, strict=True)
    slopes = [torch.autograd.grad(loss, (one.vector, one.duals)) for one, loss in pairs]
    (of_policy, of_duals), (same_policy, leaked) = slopes
    assert_close(of_policy, same_policy)
    eta, new = right.values["temperature"], right.new.log_probs.detach()
    cross_entropy = -(q_of(right, eta).detach() * new).sum(-1).mean()
    (known,) = torch.autograd.grad(
        -(q_of(right, eta) * new).sum(-1).mean(), right.duals
    )
    assert cross_entropy > 0 and known.abs().max() > 1e-3
    assert_close(leaked - of_duals, known, rtol=1e-3, atol=1e-6)
