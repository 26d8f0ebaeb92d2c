"""The M-step against explicit sums over actions and known optima."""

import pytest
import torch
from torch.distributions import kl_divergence
from torch.testing import assert_close

from mpo_repro.mpo import distributions, m_step

SAMPLES, STATES, SIZE = 7, 4, 3


def leaves(policy):
    """The same Gaussian with parameters that ask for gradients."""
    return type(policy)(*(part.clone().requires_grad_() for part in policy))


@pytest.fixture
def batch(gaussian, kind):
    """New and old policy, actions of the old one, weights: float64."""
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(SAMPLES, STATES, SIZE, generator=generator).double()
    weights = torch.rand(SAMPLES, STATES, generator=generator).double()
    old = gaussian(kind, SIZE, (STATES,), seed=1)
    new = leaves(gaussian(kind, SIZE, (STATES,), seed=2))
    return new, old, old.sample(noise), weights / weights.sum(0)


def test_likelihood_and_its_gradient_are_those_of_the_explicit_sum(batch, reference):
    new, old, actions, weights = batch
    found = m_step.weighted_log_likelihood(new.mean, new, actions, weights)
    known = (weights * reference(new).log_prob(actions)).sum(0)
    assert_close(found, known)
    gradients = [torch.autograd.grad(value.sum(), new) for value in (found, known)]
    if new._fields[1] == "cholesky":  # above the diagonal nothing is a parameter
        gradients = [(mean, lower.tril()) for mean, lower in gradients]
    for one, other in zip(*gradients, strict=True):
        assert_close(one, other)


def test_coupled_is_the_likelihood_and_the_exact_split_of_the_kl(batch, reference):
    new, old, actions, weights = batch
    fit = m_step.coupled(*batch)
    known = (weights * reference(new).log_prob(actions)).sum(0)
    assert_close(fit.log_likelihood, known)
    joint = kl_divergence(reference(old), reference(new))
    assert_close(fit.kl_mean + fit.kl_covariance, joint)
    moved = reference(new._replace(mean=old.mean))
    assert_close(fit.kl_mean, kl_divergence(moved, reference(new)))


def test_decoupled_is_two_likelihoods_and_two_kls(batch, reference):
    new, old, actions, weights = batch
    fit = m_step.decoupled(*batch)
    new_mean = reference(old._replace(mean=new.mean))
    new_covariance = reference(new._replace(mean=old.mean))
    terms = new_mean.log_prob(actions) + new_covariance.log_prob(actions)
    assert_close(fit.log_likelihood, (weights * terms).sum(0))
    assert_close(fit.kl_mean, kl_divergence(reference(old), new_mean))
    assert_close(fit.kl_covariance, kl_divergence(reference(old), new_covariance))


def test_mixed_is_one_likelihood_and_the_kls_of_the_decoupled(batch):
    one, apart, mixed = (
        m_step.M_STEPS[name](*batch) for name in ("coupled", "decoupled", "mixed")
    )
    assert_close(mixed.log_likelihood, one.log_likelihood)
    assert_close(mixed.kl_mean, apart.kl_mean)
    assert_close(mixed.kl_covariance, apart.kl_covariance)
    assert not torch.isclose(mixed.kl_mean, one.kl_mean, rtol=1e-2).any()


def test_where_the_mean_part_moves_the_covariance(batch):
    new, *_ = batch
    for name, moves in (("coupled", True), ("decoupled", False), ("mixed", False)):
        part = m_step.M_STEPS[name](*batch).kl_mean.sum()
        gradient = torch.autograd.grad(part, new, allow_unused=True)[1]
        assert (gradient is not None and bool(gradient.abs().sum() > 0)) == moves


def test_the_likelihood_is_greatest_at_the_weighted_moments(batch):
    new, old, actions, weights = batch
    mean = (weights.unsqueeze(-1) * actions).sum(0)
    scatter = old.scatter(weights, actions - mean)
    if isinstance(old, distributions.FullGaussian):
        best = distributions.FullGaussian(mean, torch.linalg.cholesky(scatter))
    else:
        best = distributions.DiagonalGaussian(mean, scatter.sqrt())
    best = leaves(best)
    fit = m_step.coupled(best, old, actions, weights)
    for gradient in torch.autograd.grad(fit.log_likelihood.sum(), best):
        lower = gradient.tril() if gradient.dim() == 3 else gradient
        assert_close(lower, torch.zeros_like(lower))


def test_an_unchanged_policy_costs_nothing(batch):
    _, old, actions, weights = batch
    for step in m_step.M_STEPS.values():
        fit = step(old, old, actions, weights)
        for part in (fit.kl_mean, fit.kl_covariance):
            assert_close(part, torch.zeros(STATES).double(), atol=1e-12, rtol=0)


def test_lagrangian_by_hand():
    fit = m_step.Fit(*torch.tensor([[-1.0, -3.0], [0.5, 2.5], [0.1, 0.3]]))
    value = m_step.lagrangian(fit, torch.tensor(10.0), torch.tensor(100.0))
    assert_close(value, torch.tensor(2.0 + 10 * 1.5 + 100 * 0.2))


def test_lagrangian_sums_over_dimensions_that_are_bounded_apart():
    likelihood = torch.tensor([[1.0, 2.0], [3.0, 6.0], [5.0, 7.0]])  # [B, A]
    means = torch.tensor([[0.5, 0.0], [1.0, 3.0], [1.5, 0.0]])
    covariances = torch.tensor([[0.0, 0.1], [0.2, 0.1], [0.1, 0.1]])
    fit = m_step.Fit(likelihood, means, covariances)
    alphas = torch.tensor([10.0, 20.0]), torch.tensor([100.0, 1000.0])
    known = -(3 + 5) + (10 * 1 + 20 * 1) + (100 * 0.1 + 1000 * 0.1)
    assert_close(m_step.lagrangian(fit, *alphas), torch.tensor(known))
