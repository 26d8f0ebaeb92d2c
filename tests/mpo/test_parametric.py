"""The parametric E-step against torch.distributions, exact sums and its own optimum."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import kl_divergence
from torch.testing import assert_close

from mpo_repro.mpo import parametric
from mpo_repro.mpo.distributions import DiagonalGaussian, log_prob


def pair(gaussian, kind, size=3):
    """pi_i and a q that differs from it in mean and covariance."""
    return tuple(gaussian(kind, size, batch=(4,), seed=seed) for seed in (1, 2))


def test_advantages_by_hand():
    q_values = torch.tensor([[1.0, 0.0], [4.0, 0.0], [-2.0, 6.0]])
    known = torch.tensor([[0.0, -3.0], [4.5, -3.0], [-4.5, 6.0]])
    assert_close(parametric.advantages(q_values), known)


def test_one_sample_has_no_advantage():
    with pytest.raises(ValueError, match="two"):
        parametric.advantages(torch.zeros(1, 5))


@settings(max_examples=30, deadline=None)
@given(
    samples=st.integers(2, 12),
    shift=st.floats(-1e3, 1e3),
    seed=st.integers(0, 1000),
)
def test_a_state_value_cancels_and_advantages_sum_to_zero(samples, shift, seed):
    source = torch.Generator().manual_seed(seed)
    q_values = torch.randn(samples, 4, generator=source, dtype=torch.float64)
    found = parametric.advantages(q_values + shift)
    assert_close(found, parametric.advantages(q_values), rtol=0, atol=1e-10)
    assert_close(found.sum(0), torch.zeros(4, dtype=torch.float64), rtol=0, atol=1e-9)


def test_antithetic_noise_by_hand():
    noise = torch.tensor([[1.0, -2.0], [0.5, 3.0], [9.0, 9.0], [9.0, 9.0]])
    known = torch.tensor([[1.0, -2.0], [0.5, 3.0], [-1.0, 2.0], [-0.5, -3.0]])
    assert_close(parametric.antithetic(noise), known)
    with pytest.raises(ValueError, match="pairs"):
        parametric.antithetic(noise[:3])


def test_of_antithetic_actions_a_state_value_leaves_the_mean_s_gradient(gaussian, kind):
    policy, _ = pair(gaussian, kind)
    policy = type(policy)(*(part.detach().requires_grad_() for part in policy))
    noise = torch.randn(6, 4, 3, dtype=torch.float64)
    slope = torch.randn(3, dtype=torch.float64)

    def gradient(noise, level):
        sampler = type(policy)(*(part.detach() for part in policy))
        actions = sampler.sample(noise)
        found = parametric.improvement(
            policy, sampler, actions, actions @ slope + level, sampler
        )
        return torch.autograd.grad(found.value.sum(), policy.mean)[0]

    paired = parametric.antithetic(noise)
    assert_close(gradient(paired, 100.0), gradient(paired, 0.0), rtol=0, atol=1e-9)
    assert (gradient(noise, 100.0) - gradient(noise, 0.0)).abs().max() > 1


def test_an_unchanged_policy_has_ratios_of_one_and_gains_nothing(gaussian, kind):
    old, _ = pair(gaussian, kind)
    actions = old.sample(torch.randn(6, 4, 3, dtype=torch.float64))
    assert_close(
        parametric.likelihood_ratios(old, old, actions),
        torch.ones_like(actions[..., 0]),
    )
    worth = parametric.advantages(torch.randn(6, 4, dtype=torch.float64))
    zero = torch.zeros(4, dtype=torch.float64)
    found = parametric.improvement(old, old, actions, worth)
    assert_close(found.value, zero)
    assert_close(found.kl_mean, zero)
    assert_close(found.kl_covariance, zero)


def test_the_value_is_the_mean_of_reweighted_advantages(gaussian, kind, reference):
    old, q = pair(gaussian, kind)
    actions = old.sample(torch.randn(6, 4, 3, dtype=torch.float64))
    worth = torch.randn(6, 4, dtype=torch.float64)
    ratio = (reference(q).log_prob(actions) - reference(old).log_prob(actions)).exp()
    found = parametric.improvement(q, old, actions, worth).value
    assert_close(found, (ratio * worth).sum(0) / 6)


def test_the_parts_are_kls_of_q_to_the_old_policy(gaussian, kind, reference):
    old, q = pair(gaussian, kind)
    actions = old.mean.unsqueeze(0)
    found = parametric.improvement(q, old, actions, torch.zeros(1, 4))
    moved, reshaped = old._replace(mean=q.mean), q._replace(mean=old.mean)
    assert_close(found.kl_mean, kl_divergence(reference(moved), reference(old)))
    assert_close(
        found.kl_covariance, kl_divergence(reference(reshaped), reference(old))
    )
    joint = kl_divergence(reference(q), reference(old))
    assert_close(found.kl_mean + found.kl_covariance, joint)
    backwards = kl_divergence(reference(old), reference(q))
    assert ((joint - backwards).abs() > 1e-3 * joint).all()


def test_the_mean_part_pulls_no_covariance(gaussian, kind):
    old, q = pair(gaussian, kind)
    q = type(q)(*(part.detach().requires_grad_() for part in q))
    actions = old.mean.unsqueeze(0)
    part = parametric.improvement(q, old, actions, torch.zeros(1, 4)).kl_mean.sum()
    mean, scale = torch.autograd.grad(part, q, allow_unused=True)
    assert mean.abs().min() > 0
    assert scale is None or not scale.any()


def test_lagrangian_by_hand():
    found = parametric.Improvement(
        value=torch.tensor([1.0, 3.0]),
        kl_mean=torch.tensor([0.5, 1.5]),
        kl_covariance=torch.tensor([0.1, 0.3]),
    )
    loss = parametric.lagrangian(found, torch.tensor(2.0), torch.tensor(10.0))
    assert_close(loss, torch.tensor(2 * 1.0 + 10 * 0.2 - 2.0))


def test_gradient_steps_reach_the_non_parametric_policy():
    """For Q = -(a - 2)^2 / 2 and eta = 1: precision 1 + 1, mean 2 / 2."""
    noise = torch.linspace(-9, 9, 601, dtype=torch.float64).view(-1, 1, 1)
    one = torch.ones(1, 1, dtype=torch.float64)
    old = DiagonalGaussian(0 * one, one)
    weights = torch.softmax(log_prob(old, noise), dim=0)
    worth = -0.5 * (noise.squeeze(-1) - 2).square() * weights * len(noise)
    parameters = torch.zeros(2, 1, 1, dtype=torch.float64, requires_grad=True)
    eta = torch.tensor(1.0, dtype=torch.float64)
    optimiser = torch.optim.LBFGS(
        [parameters], max_iter=100, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def loss():
        optimiser.zero_grad()
        q = DiagonalGaussian(parameters[0], parameters[1].exp())
        value = parametric.lagrangian(
            parametric.improvement(q, old, noise, worth), eta, eta
        )
        value.backward()
        return value

    optimiser.step(loss)
    mean, stddev = parameters[0].detach(), parameters[1].detach().exp()
    assert_close(mean, one, rtol=0, atol=1e-6)
    assert_close(stddev, 0.5**0.5 * one, rtol=0, atol=1e-6)


def test_samples_of_another_policy_are_weighed_against_that_policy(
    gaussian, kind, reference
):
    old, q = pair(gaussian, kind)
    sampler = gaussian(kind, 3, batch=(4,), seed=3)
    actions = sampler.sample(torch.randn(6, 4, 3, dtype=torch.float64))
    worth = torch.randn(6, 4, dtype=torch.float64)
    found = parametric.improvement(q, old, actions, worth, sampler)
    drawn = reference(sampler).log_prob(actions)
    ratio = (reference(q).log_prob(actions) - drawn).exp()
    assert_close(found.value, (ratio * worth).sum(0) / 6)
    same = parametric.improvement(q, old, actions, worth)
    assert_close(found.kl_mean, same.kl_mean)
    assert_close(found.kl_covariance, same.kl_covariance)


def test_a_baseline_of_the_state_leaves_the_mean_gradient_as_it_is():
    """E[score] = 0: over the points of a quadrature the baseline cancels."""
    mean = torch.tensor([[0.3]], dtype=torch.float64, requires_grad=True)
    q = DiagonalGaussian(mean, torch.tensor([[0.5]], dtype=torch.float64))
    fixed = DiagonalGaussian(*(part.detach() for part in q))
    actions = torch.tensor([0.3 - 0.5, 0.3 + 0.5], dtype=torch.float64).view(2, 1, 1)
    values = (actions.squeeze(-1) - 1) ** 2 + 100
    slopes = []
    for worth in (
        values,
        parametric.above_mean(values, torch.tensor([100.49], dtype=torch.float64)),
    ):
        found = parametric.improvement(q, fixed, actions, worth, fixed)
        slopes.append(torch.autograd.grad(found.value.sum(), mean)[0])
    assert_close(slopes[0], slopes[1])
    assert_close(slopes[0], torch.tensor([[-1.4]], dtype=torch.float64))  # 2 (mu - 1)
    # Of a single action it matters: the level of Q is gone.
    assert_close(
        parametric.above_mean(values, torch.tensor([100.49], dtype=torch.float64))[
            :, 0
        ].mean(),
        torch.tensor(0.25, dtype=torch.float64),
    )
