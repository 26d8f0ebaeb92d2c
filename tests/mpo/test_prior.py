"""The prior of the M-step: against closed forms, and as the second order of the KL."""

import pytest
import torch
from torch.distributions import kl_divergence
from torch.testing import assert_close

from mpo_repro.mpo import networks, prior
from mpo_repro.mpo.distributions import DiagonalGaussian

STATES, O, A = 5, 3, 2  # noqa: E741


def network(kind, hidden=()):
    torso = networks.Torso(hidden, "tanh", layer_norm=False)
    return networks.PolicyNetwork(O, A, torso, kind, "linear", 0.7, 1e-3)


@pytest.fixture
def drawn(kind):
    """A network with a hidden layer, theta_i, a direction and states, in float64."""
    source = torch.Generator().manual_seed(4)
    net = network(kind, (4,))
    old = networks.initial_policy(net, source).double()
    old = old + 0.3 * torch.randn(old.shape, generator=source)
    direction = torch.randn(old.shape, generator=source).double()
    return net, old, direction, torch.randn(STATES, O, generator=source).double()


def test_the_quadratic_by_hand():
    old = DiagonalGaussian(torch.zeros(1, 2), torch.tensor([[0.5, 2.0]]))
    change = DiagonalGaussian(torch.tensor([[1.0, 1.0]]), torch.tensor([[0.1, 1.0]]))
    # (1 / 0.5)^2 / 2 + (1 / 2)^2 / 2 of the mean, (0.1 / 0.5)^2 + (1 / 2)^2 of stddev.
    known = torch.tensor([2.0 + 0.125 + 0.04 + 0.25])
    assert_close(prior.quadratic(old, change), known)


def test_the_quadratic_is_half_the_hessian_of_the_kl(gaussian, reference, kind):
    old, toward = (gaussian(kind, 3, seed=seed) for seed in (1, 2))
    change = type(old)(*(part for part in toward))

    def kl(size):
        moved = type(old)(*(p + size * c for p, c in zip(old, change, strict=True)))
        return kl_divergence(reference(old), reference(moved))

    curvature = torch.autograd.functional.hessian(kl, torch.zeros(()).double())
    assert_close(prior.quadratic(old, change), 0.5 * curvature)


def test_of_a_linear_gaussian_policy_it_is_the_closed_form():
    """A mean of W s + b and fixed stddev: half of |dW s + db|^2 over the variance."""
    net = network("diagonal")
    source = torch.Generator().manual_seed(1)
    old = torch.zeros(networks.size(networks.policy_layout(net)))
    new, states = old.clone(), torch.randn(STATES, O, generator=source)
    parts = networks.unpack(new, networks.policy_layout(net))
    parts["weight_0"][:, :A] = torch.randn(O, A, generator=source)
    parts["bias_0"][:A] = torch.randn(A, generator=source)
    moved = states @ parts["weight_0"][:, :A] + parts["bias_0"][:A]
    known = 0.5 * (moved / (0.7 + 1e-3)).square().sum(-1)
    assert_close(prior.penalty(net, new, old, states), known)


def test_it_is_a_form_with_the_fisher_matrix_of_the_parameters(drawn, reference):
    """F by the scores' second moment in the distribution's own derivative."""
    net, old, direction, states = drawn

    def kl(vector):
        there = reference(networks.policy(net, vector, states))
        return kl_divergence(reference(networks.policy(net, old, states)), there).mean()

    fisher = torch.autograd.functional.hessian(kl, old)
    known = 0.5 * direction @ fisher @ direction
    assert_close(prior.penalty(net, old + direction, old, states).mean(), known)
    vector = (old + direction).requires_grad_()
    found = prior.penalty(net, vector, old, states).mean()
    assert_close(torch.autograd.grad(found, vector)[0], fisher @ direction)


def test_at_the_old_policy_there_is_no_penalty_and_no_gradient(drawn):
    net, old, _, states = drawn
    vector = old.clone().requires_grad_()
    found = prior.penalty(net, vector, old, states)
    assert torch.equal(found, torch.zeros(STATES).double())
    assert torch.equal(
        torch.autograd.grad(found.sum(), vector)[0], torch.zeros_like(old)
    )


def test_it_leaves_the_kl_in_the_third_order_only(drawn, reference):
    net, old, direction, states = drawn
    here, left = reference(networks.policy(net, old, states)), []
    for size in (2e-2, 1e-2, 5e-3):
        vector = old + size * direction
        kl = kl_divergence(here, reference(networks.policy(net, vector, states)))
        found = prior.penalty(net, vector, old, states)
        left.append((kl - found).mean().abs())
        assert left[-1] < 0.2 * kl.mean()
    for large, small in zip(left, left[1:], strict=False):
        assert float(large / small) == pytest.approx(8, rel=0.15)
