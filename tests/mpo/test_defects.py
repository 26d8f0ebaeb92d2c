"""What the defects compute: against the right thing and the published numbers."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.testing import assert_close

from mpo_repro.mpo import categorical, defects, e_step, m_step
from mpo_repro.mpo.distributions import DiagonalGaussian, kl_covariance, kl_mean

F64 = torch.float64


def q_values(states, samples, spread, seed=0):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(samples, states, generator=generator, dtype=F64)
    return values + spread * torch.randn(states, generator=generator, dtype=F64)


def lowest(dual, values, epsilon):
    """The temperature on a fine grid at which a dual is lowest."""
    grid = torch.logspace(-3, 3, 6001, dtype=F64)
    return float(grid[torch.stack([dual(t, values, epsilon) for t in grid]).argmin()])


def test_pooling_one_state_changes_nothing_and_many_states_a_lot():
    one, many = q_values(1, 50, 0.0), q_values(200, 50, 5.0)
    eta = torch.tensor(1.3, dtype=F64)
    known = e_step.dual_value(eta, one, 0.1)
    assert_close(defects.pooled_dual(eta, one, 0.1), known)
    right, pooled = (
        lowest(d, many, 0.1) for d in (e_step.dual_value, defects.pooled_dual)
    )
    assert right == pytest.approx(2.2, rel=0.1)
    assert pooled > 4 * right
    kl = e_step.kl_to_samples(e_step.weights(many, torch.tensor(pooled))).mean()
    assert kl < 0.1 / 10


def test_without_the_mean_the_temperature_falls_to_its_lower_bound():
    values = q_values(100, 20, 0.0)
    assert lowest(defects.unnormalised_dual, values, 0.1) == pytest.approx(1e-3)
    eta = torch.tensor(0.7, dtype=F64)
    extra = defects.unnormalised_dual(eta, values, 0.1) - e_step.dual_value(
        eta, values, 0.1
    )
    assert float(extra) == pytest.approx(0.7 * math.log(20))


def pair():
    old = DiagonalGaussian(torch.tensor([0.3, -0.2]), torch.tensor([0.1, 0.4]))
    return DiagonalGaussian(torch.tensor([0.5, 0.1]), torch.tensor([0.2, 0.3])), old


def sample():
    """Three actions at no state's axis, and their weights."""
    return torch.tensor([[0.1, 0.2], [0.4, -0.3], [-0.2, 0.0]]), torch.ones(3) / 3


def kls(name, step=m_step.decoupled):
    new, old = pair()
    fit = defects.KLS[name](step, new, old, *sample())
    return fit.kl_mean, fit.kl_covariance


def test_inverted_variances_weigh_the_mean_by_variances():
    new, old = pair()
    of_mean, of_covariance = kls("inverted_variances")
    difference = new.mean - old.mean
    assert_close(of_mean, 0.5 * (difference**2 * old.stddev**2).sum())
    # The covariance's part becomes that of the exchanged policies.
    assert_close(of_covariance, kl_covariance(new, old))


def test_stddevs_as_variances():
    new, old = pair()
    of_mean, of_covariance = kls("stddev_as_variance")
    difference = new.mean - old.mean
    assert_close(of_mean, 0.5 * (difference**2 / old.stddev).sum())
    ratio = old.stddev / new.stddev
    assert_close(of_covariance, 0.5 * (ratio - 1 - ratio.log()).sum())


@pytest.mark.parametrize("step", m_step.M_STEPS.values(), ids=m_step.M_STEPS)
def test_the_reversed_kl_is_split_exactly(step):
    new, old = (Normal(policy.mean, policy.stddev) for policy in pair())
    of_mean, of_covariance = kls("reversed", step)
    assert_close(of_mean + of_covariance, kl_divergence(new, old).sum())
    moved = Normal(old.mean, new.stddev)
    assert_close(of_covariance, kl_divergence(moved, old).sum())


@pytest.mark.parametrize("name", ["inverted_variances", "stddev_as_variance"])
def test_at_stddev_one_two_of_the_defects_do_not_show(name):
    new, old = (
        DiagonalGaussian(torch.randn(3), torch.ones(3)),
        DiagonalGaussian(torch.randn(3), torch.ones(3)),
    )
    found = defects.KLS[name](
        m_step.coupled, new, old, torch.randn(4, 3), torch.ones(4) / 4
    )
    assert_close(found.kl_mean, kl_mean(old.mean, new.mean, metric=new))
    assert_close(found.kl_covariance, kl_covariance(old, new))


def test_leaked_weights_are_the_right_ones_with_a_gradient_to_the_temperature():
    """By hand: pi_i = (1/2, 1/2), Q = (0, 1), eta = 1, pi = (0.1, 0.9)."""
    q_values, half = torch.tensor([[0.0, 1.0]]), torch.tensor([[0.5, 0.5]]).log()
    policy = torch.tensor([[0.1, 0.9]]).log()
    eta = torch.tensor(1.0, requires_grad=True)
    weights = defects.leaked_weights(q_values, half, eta)
    assert_close(weights, categorical.log_weights(q_values, half, eta).exp())
    (leaked,) = torch.autograd.grad(
        -categorical.log_likelihood(policy, weights).sum(), eta
    )
    second = math.e / (1 + math.e)  # q of the second action; dq/d eta = -q (1 - q)
    moved = second * (1 - second)
    assert float(leaked) == pytest.approx(moved * (math.log(0.9) - math.log(0.1)))
    dual = categorical.dual_value(eta, q_values, half, 0.1)
    (right,) = torch.autograd.grad(dual, eta)
    kl = math.log(2) + second * math.log(second)
    kl += (1 - second) * math.log(1 - second)
    assert float(right) == pytest.approx(0.1 - kl, abs=1e-6)
    # -0.011 alone lets the temperature rise; 0.421 with what leaks lets it fall.
    assert float(right) < 0 < float(right + leaked)
