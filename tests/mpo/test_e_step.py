"""The E-step against closed forms, finite differences and its own optimality."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from mpo_repro.mpo import e_step

F64 = torch.float64
REALISED_KL = 1e-3  # relative error of KL(q || pi_i) at the optimum, float32


def two_actions(gap, states=1, dtype=torch.float64):
    """Q of two actions that differ by `gap`, in each of some states: [2, B]."""
    return torch.tensor([[gap], [0.0]], dtype=dtype).expand(2, states)


@pytest.mark.parametrize("eta", [0.03, 1.0, 40.0])
def test_dual_of_equal_values_is_their_mean_plus_the_bound(eta):
    q_values = torch.tensor([[3.0, -7.0]]).expand(5, 2)
    value = e_step.dual_value(torch.tensor(eta), q_values, 0.1)
    assert_close(value, torch.tensor(eta * 0.1 + (3 - 7) / 2))


@pytest.mark.parametrize("eta", [0.3, 1.0, 40.0])
def test_dual_of_two_actions_is_a_logarithm_of_cosh(eta):
    q_values = torch.tensor([[2.0], [-2.0]], dtype=torch.float64)
    eta = torch.tensor(eta, dtype=torch.float64)
    known = eta * 0.1 + eta * (2 / eta).cosh().log()
    assert_close(e_step.dual_value(eta, q_values, 0.1), known)


def test_dual_averages_logarithms_over_states_and_not_their_arguments():
    q_values = torch.tensor([[0.0, 100.0], [1.0, 101.0]], dtype=torch.float64)
    eta = torch.tensor(1.0, dtype=torch.float64)
    one = math.log((1 + math.e) / 2)
    known = torch.tensor(0.1 + one + 50, dtype=torch.float64)
    assert_close(e_step.dual_value(eta, q_values, 0.1), known)


@settings(max_examples=40, deadline=None)
@given(
    samples=st.integers(1, 20),
    states=st.integers(1, 30),
    seed=st.integers(0, 10_000),
    eta=st.floats(0.05, 50.0),
    epsilon=st.floats(0.001, 1.0),
)
def test_dual_slope_is_epsilon_minus_the_kl(samples, states, seed, eta, epsilon):
    generator = torch.Generator().manual_seed(seed)
    q_values = torch.randn(samples, states, generator=generator, dtype=torch.float64)
    eta = torch.tensor(eta, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(e_step.dual_value(eta, q_values, epsilon), eta)
    kl = e_step.kl_to_samples(e_step.weights(q_values, eta.detach())).mean()
    assert_close(slope, epsilon - kl, rtol=1e-6, atol=1e-9)
    step = 1e-4 * eta.detach()
    above, below = (
        e_step.dual_value(eta.detach() + sign * step, q_values, epsilon)
        for sign in (1, -1)
    )
    assert_close((above - below) / (2 * step), slope, rtol=1e-5, atol=1e-7)


def test_weights_are_the_exponentials_normalised_in_each_state():
    q_values = torch.randn(6, 4, dtype=torch.float64)
    exponentials = (q_values / 0.7).exp()
    known = exponentials / exponentials.sum(0)
    assert_close(e_step.weights(q_values, torch.tensor(0.7)), known)


def test_weights_of_repeated_actions_add_up_to_a_prior():
    """Samples stand for pi_i: three of one action weigh as a prior of 3/4 does."""
    q_values = torch.tensor([[1.0], [1.0], [1.0], [2.0]], dtype=torch.float64)
    found = e_step.weights(q_values, torch.tensor(0.5))
    prior = torch.tensor([0.75, 0.25], dtype=torch.float64)
    known = prior * torch.tensor([2.0, 4.0], dtype=torch.float64).exp()
    known = known / known.sum()
    assert_close(torch.stack([found[:3].sum(), found[3, 0]]), known)
    kl = (known * (known / prior).log()).sum()
    assert_close(e_step.kl_to_samples(found)[0], kl)


def test_an_advantage_gives_the_same_weights_and_temperature():
    q_values = torch.randn(8, 5, dtype=torch.float64)
    advantage = q_values - torch.randn(5, dtype=torch.float64)
    eta = torch.tensor(0.3)
    assert_close(e_step.weights(q_values, eta), e_step.weights(advantage, eta))
    found = [e_step.optimal_temperature(q, 0.1) for q in (q_values, advantage)]
    assert_close(*found)


def test_log_ratio_of_a_sampled_action_is_that_of_its_weight():
    q_values = torch.randn(7, 4, generator=torch.Generator().manual_seed(2)).double()
    eta = torch.tensor(0.6, dtype=torch.float64)
    known = (7 * e_step.weights(q_values, eta)).log()
    for one, values in zip(known, q_values, strict=True):
        assert_close(e_step.log_ratio(values, q_values, eta), one)


def test_log_ratio_by_hand():
    values = torch.tensor([3.0], dtype=torch.float64)
    eta = torch.tensor(2.0, dtype=torch.float64)
    known = torch.tensor([3 / 2 - math.log((math.e + 1) / 2)], dtype=torch.float64)
    assert_close(e_step.log_ratio(values, two_actions(2.0), eta), known)


def test_kl_to_samples_at_its_ends():
    one_hot = torch.zeros(5, 1)
    one_hot[2] = 1
    assert_close(e_step.kl_to_samples(one_hot), torch.tensor([math.log(5)]))
    assert_close(e_step.kl_to_samples(torch.full((5, 1), 0.2)), torch.zeros(1))


def test_optimal_temperature_of_two_actions_is_known():
    # q = (0.8, 0.2) at eta = gap / ln 4, and its KL to (1/2, 1/2) is this epsilon.
    epsilon = math.log(2) + 0.8 * math.log(0.8) + 0.2 * math.log(0.2)
    found = e_step.optimal_temperature(two_actions(3.0, states=4), epsilon)
    assert_close(found, torch.tensor(3 / math.log(4), dtype=torch.float64))


def test_a_state_without_a_choice_halves_the_kl_of_the_other():
    kl = math.log(2) + 0.8 * math.log(0.8) + 0.2 * math.log(0.2)
    q_values = torch.tensor([[3.0, 5.0], [0.0, 5.0]], dtype=torch.float64)
    found = e_step.optimal_temperature(q_values, kl / 2)
    assert_close(found, torch.tensor(3 / math.log(4), dtype=torch.float64))


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(5, 40),
    states=st.integers(1, 60),
    seed=st.integers(0, 10_000),
    scale=st.sampled_from([1e-3, 1.0, 1e3]),
    offset=st.sampled_from([0.0, -300.0]),
    epsilon=st.floats(0.01, 0.5),
)
def test_the_kl_at_the_optimum_is_epsilon(
    samples, states, seed, scale, offset, epsilon
):
    generator = torch.Generator().manual_seed(seed)
    q_values = scale * torch.randn(samples, states, generator=generator)
    q_values = q_values + scale * offset
    eta = e_step.optimal_temperature(q_values, epsilon)
    kl = e_step.kl_to_samples(e_step.weights(q_values, eta)).mean()
    assert abs(float(kl) / epsilon - 1) < REALISED_KL
    around = [
        e_step.dual_value(eta * f, q_values.double(), epsilon) for f in (0.8, 1.25)
    ]
    assert e_step.dual_value(eta, q_values.double(), epsilon) <= min(around)


@pytest.mark.parametrize(
    ("q_values", "epsilon"),
    [
        (torch.full((8, 3), 5.0), 0.1),  # nothing to choose from
        (torch.randn(8, 3), math.log(8) + 0.01),  # KL(q || pi_i) never exceeds ln N
        (torch.randn(1, 3), 0.1),  # one action
        (two_actions(1e6, 3, torch.float32), 0.9),  # beyond ln 2, at a large scale
    ],
)
def test_where_epsilon_is_out_of_reach_the_smallest_temperature_is_taken(
    q_values, epsilon
):
    eta = e_step.optimal_temperature(q_values, epsilon)
    assert float(eta) == pytest.approx(e_step.SMALLEST_TEMPERATURE, rel=0.05)
    weights = e_step.weights(q_values, eta)
    assert torch.isfinite(weights).all()
    assert_close(weights.sum(0), torch.ones(3))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_values_give_exactly_the_smallest_temperature(dtype):
    eta = e_step.optimal_temperature(torch.full((8, 3), 5.0, dtype=dtype), 0.1)
    rounding = 50 * torch.finfo(dtype).eps
    assert float(eta) == pytest.approx(e_step.SMALLEST_TEMPERATURE, rel=rounding, abs=0)


def test_one_action_has_all_the_weight():
    weights = e_step.weights(torch.tensor([[1e6, -1e6]]), torch.tensor(1e-3))
    assert_close(weights, torch.ones(1, 2))


def test_huge_values_over_a_tiny_temperature_stay_finite():
    q_values = torch.tensor([[1e6], [0.0], [-1e6], [1e6]])
    eta = torch.tensor(1e-3, requires_grad=True)
    value = e_step.dual_value(eta, q_values, 0.1)
    value.backward()
    weights = e_step.weights(q_values, eta.detach())
    assert torch.isfinite(value) and torch.isfinite(eta.grad)
    assert_close(weights[:, 0], torch.tensor([0.5, 0.0, 0.0, 0.5]))
    assert_close(value.detach(), torch.tensor(1e6))
    assert_close(e_step.kl_to_samples(weights), torch.tensor([math.log(2)]))
    best = e_step.optimal_temperature(q_values, 0.1)
    kl = e_step.kl_to_samples(e_step.weights(q_values, best)).mean()
    assert_close(kl, torch.tensor(0.1), rtol=REALISED_KL, atol=0)


def test_out_of_range_cost_is_the_distance_to_the_box():
    actions = torch.tensor([[0.3, -1.0], [4.0, 5.0], [-2.0, 0.0]]).unsqueeze(1)
    assert_close(
        e_step.out_of_range_cost(actions), torch.tensor([[0.0], [-5.0], [-1.0]])
    )


def test_a_state_without_a_share_is_as_if_it_were_not_there():
    q_values = torch.tensor([[0.0, 5.0, 1.0], [2.0, -3.0, 1.5]], dtype=F64)
    share, eta = torch.tensor([1.5, 0.0, 1.5], dtype=F64), torch.tensor(0.7, dtype=F64)
    found = e_step.dual_value(eta, q_values, 0.1, share)
    assert_close(found, e_step.dual_value(eta, q_values[:, [0, 2]], 0.1))


def test_shares_are_of_states_whatever_the_dimensions():
    share = torch.tensor([0.5, 2.0])
    assert_close(
        e_step.by_share(torch.tensor([1.0, 3.0]), share), torch.tensor([0.5, 6])
    )
    parts = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    known = torch.tensor([[0.5, 1.0], [6.0, 8.0]])
    assert_close(e_step.by_share(parts, share), known)
    assert e_step.by_share(parts, None) is parts
