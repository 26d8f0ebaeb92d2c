"""Exact quantities of random MDPs, over sizes, scales and degenerate inputs."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mpo_repro.derivations import instances, tabular
from mpo_repro.mpo import e_step

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 4))
SCALES = st.sampled_from([1e-6, 1e-3, 1.0, 1e3, 1e6])
SEEDS = st.integers(0, 2**31 - 1)
QUICK = settings(max_examples=40, deadline=None)


def drawn(seed, size, discount=0.9, sharpness=1.0, scale=1.0):
    source = instances.generator(seed)
    mdp = tabular.random(source, 3, size, discount, sharpness)
    mdp = mdp._replace(rewards=scale * mdp.rewards)
    return mdp, tabular.random_policies(source, (3, *size))


@QUICK
@given(SEEDS, SIZES, SCALES, st.sampled_from([0.0, 0.5, 0.99]), st.floats(0.1, 30))
def test_values_solve_the_bellman_equation(seed, size, scale, discount, sharpness):
    mdp, policy = drawn(seed, size, discount, sharpness, scale)
    values = tabular.values(mdp, policy)
    again = (policy * tabular.backup(mdp, values)).sum(-1)
    assert torch.allclose(again, values, rtol=1e-9, atol=1e-9 * scale)


@QUICK
@given(SEEDS, SIZES, st.sampled_from([0.0, 0.5, 0.99]))
def test_visits_add_up_and_weigh_rewards_to_the_value(seed, size, discount):
    mdp, policy = drawn(seed, size, discount)
    visits = tabular.visits(mdp, policy)
    expected = (visits * (policy * mdp.rewards).sum(-1)).sum(-1)
    assert torch.allclose(visits.sum(-1), torch.tensor(1 / (1 - discount)).double())
    assert torch.allclose(expected, tabular.values(mdp, policy)[:, 0])


@QUICK
@given(SEEDS, SIZES, SCALES)
def test_the_e_step_scales_with_the_values_and_lies_in_the_simplex(seed, size, scale):
    mdp, policy = drawn(seed, size)
    q_values = tabular.action_values(mdp, policy)
    alpha = torch.tensor(0.3, dtype=tabular.F64)
    q = tabular.improved(q_values, policy, alpha)
    scaled = tabular.improved(scale * q_values, policy, scale * alpha)
    assert torch.allclose(q.sum(-1), torch.ones_like(q[..., 0]))
    assert torch.allclose(q, scaled, atol=1e-9)


@QUICK
@given(SEEDS, SIZES, st.sampled_from([1e-3, 0.1, 10.0]))
def test_soft_values_lie_between_mean_and_largest_value(seed, size, strength):
    mdp, policy = drawn(seed, size)
    q_values = tabular.action_values(mdp, policy)
    soft = tabular.soft_values(q_values, policy, torch.tensor(strength).double())
    assert (soft >= (policy * q_values).sum(-1) - 1e-9).all()
    assert (soft <= q_values.amax(-1) + 1e-9).all()


@QUICK
@given(SEEDS, SIZES, SCALES, st.sampled_from([1e-3, 0.1, 1.0]))
@example(586556, (5, 3), 1e-6, 1.0)  # two values nearly tie
def test_the_bounded_e_step_keeps_its_bound(seed, size, scale, epsilon):
    mdp, policy = drawn(seed, size, scale=scale)
    q_values = tabular.action_values(mdp, policy)
    q, _ = tabular.bounded(q_values, policy, epsilon)
    kl = tabular.kl(q, policy).mean(-1)
    greedy = torch.nn.functional.one_hot(q_values.argmax(-1), size[1]).double()
    largest = tabular.kl(greedy, policy).mean(-1)
    assert (kl <= epsilon * (1 + 1e-6)).all()
    reachable = largest > 1.01 * epsilon
    assert torch.allclose(kl[reachable], torch.tensor(epsilon).double(), rtol=1e-6)


def test_the_bounded_e_step_finds_the_temperature_of_training():
    mdp, policy = drawn(3, (5, 4))
    uniform = torch.full_like(policy, 0.25)
    q_values = tabular.action_values(mdp, uniform)
    _, found = tabular.bounded(q_values, uniform, 0.1)
    epsilon = torch.tensor(0.1, dtype=tabular.F64)
    expected = [e_step.optimal_temperature(q.T, epsilon) for q in q_values]
    assert torch.allclose(found, torch.stack(expected), rtol=1e-9)


@pytest.mark.parametrize("sharpness", [1.0, 20.0])
def test_no_policy_beats_the_best_values(sharpness):
    mdp, _ = drawn(4, (4, 3), sharpness=sharpness)
    best = tabular.best_values(mdp)
    assert torch.allclose(tabular.backup(mdp, best).amax(-1), best)
    for seed in range(20):
        policy = tabular.random_policies(instances.generator(seed), (3, 4, 3), 5.0)
        assert (tabular.values(mdp, policy) <= best + 1e-9).all()


def test_one_hot_policies_have_finite_divergence_where_the_prior_is_positive():
    first = torch.tensor([[1.0, 0.0]]).double()
    prior = torch.tensor([[0.25, 0.75]]).double()
    assert tabular.kl(first, prior).item() == pytest.approx(1.3862943611)
