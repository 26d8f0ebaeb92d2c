"""Categorical policies against hand-computed numbers and torch.distributions."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Categorical, kl_divergence
from torch.testing import assert_close

from mpo_repro.mpo import categorical, e_step

F64 = torch.float64
REALISED_KL = 1e-6  # relative error at the optimum; epsilon itself is rounded to 1e-7


def draw(states, actions, scale=1.0, seed=0):
    """Values with that standard deviation, and the logarithms of a random policy."""
    source = torch.Generator().manual_seed(seed)
    values = torch.randn(2, states, actions, generator=source, dtype=F64)
    return scale * values[0], values[1].log_softmax(-1)


def test_dual_and_weights_by_hand():
    q_values = torch.tensor([[0.0, math.log(3.0)], [1.0, 1.0]], dtype=F64)
    log_policy = torch.tensor([[0.25, 0.75], [0.5, 0.5]], dtype=F64).log()
    eta = torch.tensor(1.0, dtype=F64)
    found = categorical.log_weights(q_values, log_policy, eta).exp()
    assert_close(found, torch.tensor([[0.1, 0.9], [0.5, 0.5]], dtype=F64))
    value = categorical.dual_value(eta, q_values, log_policy, 0.2)
    assert_close(value, torch.tensor(0.2 + (math.log(2.5) + 1) / 2, dtype=F64))


def test_temperature_is_a_unit_of_return():
    q_values, log_policy = draw(5, 4)
    eta = torch.tensor(0.7, dtype=F64)
    one = categorical.dual_value(eta, q_values, log_policy, 0.1)
    ten = categorical.dual_value(10 * eta, 10 * q_values, log_policy, 0.1)
    assert_close(ten, 10 * one)


@settings(max_examples=40, deadline=None)
@given(
    states=st.integers(1, 8),
    actions=st.integers(2, 9),
    exponent=st.floats(-3, 6),
    epsilon=st.sampled_from([1e-4, 1e-2, 0.1]),
    seed=st.integers(0, 1000),
)
def test_at_the_optimum_the_kl_is_epsilon_and_the_dual_is_flat(
    states, actions, exponent, epsilon, seed
):
    q_values, log_policy = draw(states, actions, 10**exponent, seed)
    # An action that is best and nearly certain leaves less KL than epsilon to reach.
    log_policy = (0.3 * log_policy).log_softmax(-1)
    eta = categorical.optimal_temperature(q_values, log_policy, epsilon)
    log_q = categorical.log_weights(q_values, log_policy, eta)
    realised = categorical.kl(log_q, log_policy).mean().item()
    assert realised == pytest.approx(epsilon, rel=REALISED_KL)
    at = eta.clone().requires_grad_()
    dual = categorical.dual_value(at, q_values, log_policy, epsilon)
    (slope,) = torch.autograd.grad(dual, at)
    assert abs(slope.item()) <= 1e-5 * epsilon + 1e-9


@settings(max_examples=20, deadline=None)
@given(samples=st.integers(2, 20), exponent=st.floats(-3, 3), seed=st.integers(0, 1000))
def test_a_uniform_policy_is_the_e_step_on_samples(samples, exponent, seed):
    q_values, _ = draw(6, samples, 10**exponent, seed)
    log_policy = torch.full_like(q_values, -math.log(samples))
    eta = categorical.optimal_temperature(q_values, log_policy, 0.1)
    assert_close(eta, e_step.optimal_temperature(q_values.T, 0.1))
    assert_close(
        categorical.log_weights(q_values, log_policy, eta).exp().T,
        e_step.weights(q_values.T, eta),
    )
    assert_close(
        categorical.dual_value(eta, q_values, log_policy, 0.1),
        e_step.dual_value(eta, q_values.T, 0.1),
    )


@pytest.mark.parametrize("offset", [0.0, -300.0, 300.0])
def test_states_without_a_choice_share_the_bound_with_one_that_has_it(offset):
    kl = math.log(2) + 0.8 * math.log(0.8) + 0.2 * math.log(0.2)
    q_values = torch.tensor([[3.0, 0.0], [5.0, 5.0], [7.0, 7.0]], dtype=F64) + offset
    uniform = torch.full_like(q_values, -math.log(2))
    found = categorical.optimal_temperature(q_values, uniform, kl / 3)
    assert_close(found, torch.tensor(3 / math.log(4), dtype=F64))


def test_one_action_and_equal_values_give_the_policy_back():
    for actions in (1, 3):
        _, log_policy = draw(4, actions)
        q_values = torch.ones(4, actions, dtype=F64)
        eta = categorical.optimal_temperature(q_values, log_policy, 0.1)
        smallest = pytest.approx(e_step.SMALLEST_TEMPERATURE, rel=1e-13, abs=0)
        assert eta.item() == smallest
        assert_close(categorical.log_weights(q_values, log_policy, eta), log_policy)


def test_an_impossible_action_stays_impossible_and_counts_for_nothing():
    q_values = torch.tensor([[0.0, 1.0, 900.0]])
    log_policy = torch.tensor([[0.5, 0.5, 0.0]]).log()
    eta = categorical.optimal_temperature(q_values, log_policy, 0.1)
    log_q = categorical.log_weights(q_values, log_policy, eta)
    assert log_q[0, 2] == -torch.inf
    short = categorical.optimal_temperature(q_values[:, :2], log_policy[:, :2], 0.1)
    assert_close(eta, short, rtol=1e-4, atol=0)
    assert_close(categorical.kl(log_q, log_policy).item(), 0.1, rtol=1e-4, atol=0)


def test_large_values_over_a_small_temperature_stay_finite():
    q_values = torch.tensor([[1e6, 0.0, -1e6]])
    log_policy = torch.tensor([[0.2, 0.3, 0.5]]).log()
    eta = torch.tensor(1e-3)
    log_q = categorical.log_weights(q_values, log_policy, eta)
    assert_close(log_q.exp(), torch.tensor([[1.0, 0.0, 0.0]]))
    assert categorical.dual_value(eta, q_values, log_policy, 0.1).isfinite()
    assert_close(categorical.kl(log_q, log_policy), -log_policy[:, 0])


def test_kl_is_that_of_torch_first_policy_first():
    _, old = draw(6, 5)
    _, new = draw(6, 5, seed=1)
    known = kl_divergence(Categorical(logits=old), Categorical(logits=new))
    assert_close(categorical.kl(old, new), known)
    assert_close(categorical.kl(old, old), torch.zeros(6, dtype=F64))


def test_kl_with_impossible_actions():
    half = torch.tensor([[0.5, 0.5, 0.0]]).log()
    third = torch.full((1, 3), 1 / 3).log()
    assert_close(categorical.kl(half, third).item(), math.log(1.5))
    assert categorical.kl(third, half).item() == math.inf


def test_log_likelihood_by_hand():
    log_policy = torch.tensor([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]]).log()
    weights = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]])
    known = torch.tensor([0.5, 8**-0.5]).log()
    assert_close(categorical.log_likelihood(log_policy, weights), known)


def lagrangian(new, old, weights, alpha):
    """The M-step's loss as it is trained with."""
    fit = categorical.log_likelihood(new, weights)
    return categorical.lagrangian(fit, categorical.kl(old, new), alpha)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 20.0])
def test_the_m_step_ends_at_a_mixture_of_q_and_the_old_policy(alpha):
    q_values, old = draw(6, 5)
    weights = torch.softmax(q_values, -1)
    mixture = (weights + alpha * old.exp()) / (1 + alpha)
    alpha = torch.tensor(alpha, dtype=F64)

    def loss(log_policy):
        return lagrangian(log_policy, old, weights, alpha)

    logits = mixture.log().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(logits.log_softmax(-1)), logits)
    assert_close(gradient, torch.zeros_like(gradient), rtol=0, atol=1e-12)
    for seed in range(3):
        other = draw(6, 5, seed=seed)[1]
        assert loss(other) > loss(mixture.log())


def test_lagrangian_by_hand():
    old = torch.tensor([[0.5, 0.5], [0.5, 0.5]], dtype=F64).log()
    new = torch.tensor([[0.25, 0.75], [0.5, 0.5]], dtype=F64).log()
    weights = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=F64)
    loss = lagrangian(new, old, weights, torch.tensor(3.0, dtype=F64))
    kl = 0.5 * math.log(2) + 0.5 * math.log(2 / 3)
    likelihood = (math.log(0.25) + math.log(0.5)) / 2
    assert_close(loss.item(), 3 * kl / 2 - likelihood)


def test_a_state_without_a_share_is_as_if_it_were_not_there():
    q_values, log_policy = draw(3, 4)
    share, eta = torch.tensor([1.5, 0.0, 1.5], dtype=F64), torch.tensor(0.7, dtype=F64)
    found = categorical.dual_value(eta, q_values, log_policy, 0.1, share)
    kept = [0, 2]
    known = categorical.dual_value(eta, q_values[kept], log_policy[kept], 0.1)
    assert_close(found, known)
