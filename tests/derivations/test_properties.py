"""Property tests over shapes, scales from 1e-6 to 1e6, and degenerate inputs."""

import math

import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mpo_repro.derivations import (
    advantage,
    dual,
    e_step_normalisation,
    families,
    fisher_prior,
    gaussian_kl,
    gaussians,
    instances,
    trajectories,
)
from mpo_repro.mpo import e_step
from mpo_repro.mpo.distributions import DiagonalGaussian, FullGaussian

SEEDS = st.integers(0, 2**31)
SCALES = st.floats(-6, 6).map(lambda power: 10.0**power)
EPSILONS = st.floats(-3, 0.5).map(lambda power: 10.0**power)
QUICK = settings(max_examples=40, deadline=None)


def draw(seed, states, actions, scale):
    source = instances.generator(seed)
    return instances.discrete(states, actions, 3 * actions, scale, source)


@QUICK
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), SCALES)
def test_samples_stand_for_the_policy_exactly(seed, states, actions, scale):
    case = draw(seed, states, actions, scale)
    uniform = torch.full_like(case.samples, 1 / len(case.actions))
    torch.testing.assert_close(case.collect(uniform), case.policy)
    mean = (case.policy * case.q_values).sum(-1)
    torch.testing.assert_close(case.samples.mean(0), mean)


@QUICK
@given(SEEDS, st.integers(1, 6), st.integers(2, 8), SCALES, EPSILONS)
def test_the_realised_kl_is_epsilon_or_the_temperature_is_at_its_floor(
    seed, states, actions, scale, epsilon
):
    samples = draw(seed, states, actions, scale).samples
    eta = e_step.optimal_temperature(samples, epsilon)
    kl = e_step.kl_to_samples(e_step.weights(samples, eta)).mean().item()
    at_floor = eta.item() < 1.01 * e_step.SMALLEST_TEMPERATURE
    assert kl == pytest.approx(epsilon, rel=1e-4) or (at_floor and kl < epsilon)


@QUICK
@given(SEEDS, st.integers(1, 5), st.integers(1, 6), SCALES, EPSILONS)
def test_no_temperature_is_better_than_the_optimal_one(
    seed, states, actions, scale, epsilon
):
    samples = draw(seed, states, actions, scale).samples
    best = e_step.optimal_temperature(samples, epsilon)
    value = e_step.dual_value(best, samples, epsilon)
    for factor in (1.001, 1.1, 2.0, 10.0):
        for eta in (best * factor, best / factor):
            if eta >= e_step.SMALLEST_TEMPERATURE:
                worse = e_step.dual_value(eta, samples, epsilon)
                assert worse >= value - 1e-9 * scale * max(1.0, epsilon)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(1, 3), st.integers(2, 4), SCALES)
@example(159, 1, 4, 1.0)  # the solver stops short once
def test_strong_duality_at_every_scale(seed, states, actions, scale):
    assume(scale > 1e-4)
    case = draw(seed, states, actions, scale)
    best = e_step.optimal_temperature(case.samples, 0.05)
    value = e_step.dual_value(best, case.samples, 0.05).item()
    assert dual.primal(case, 0.05) == pytest.approx(value, abs=1e-5 * scale)


@QUICK
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), SCALES)
def test_weights_are_the_closed_form_with_a_multiplier_a_state(
    seed, states, actions, scale
):
    case = draw(seed, states, actions, scale)
    eta = torch.tensor(scale, dtype=instances.F64)
    found = case.collect(e_step.weights(case.samples, eta))
    expected = e_step_normalisation.improved(case, eta, per_state=True)
    torch.testing.assert_close(found, expected)


@QUICK
@given(SEEDS, SCALES, st.sampled_from(["the mean (advantage)", "the maximum"]))
def test_a_shift_of_every_state_changes_no_weight(seed, scale, shift):
    samples = draw(seed, 4, 5, scale).samples
    eta = torch.tensor(scale, dtype=instances.F64)
    moved = advantage.shifted(samples, shift)
    torch.testing.assert_close(e_step.weights(samples, eta), e_step.weights(moved, eta))


@pytest.mark.parametrize("value", [0.0, 1e6, -1e6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_constant_values_leave_the_policy_as_it_is(value, dtype):
    q_values = torch.full((8, 3), value, dtype=dtype)
    eta = e_step.optimal_temperature(q_values, 0.1)
    weights = e_step.weights(q_values, eta)
    torch.testing.assert_close(weights, torch.full_like(weights, 1 / 8))
    assert e_step.dual_value(eta, q_values, 0.1).isfinite()


@QUICK
@given(SEEDS, st.integers(1, 7), SCALES, st.booleans())
def test_the_kl_is_the_sum_of_its_parts(seed, size, scale, is_full):
    source = instances.generator(seed)
    kind = gaussians.full if is_full else gaussians.diagonal
    old, new = (kind((3, size), scale, source) for _ in range(2))
    parts = gaussian_kl.parts(old, new, printed_labels=False)
    total = sum(parts.values())
    assert instances.relative(gaussian_kl.integrated(old, new), total) < 1e-8
    assert all((part >= -1e-12).all() for part in parts.values())


@QUICK
@given(SEEDS, st.integers(1, 5), SCALES)
def test_full_and_diagonal_agree_on_diagonal_covariances(seed, size, scale):
    source = instances.generator(seed)
    pair = [gaussians.diagonal((3, size), scale, source) for _ in range(2)]
    full = [FullGaussian(p.mean, p.stddev.diag_embed()) for p in pair]
    for labels in (False, True):
        one = gaussian_kl.parts(*pair, labels)
        two = gaussian_kl.parts(*full, labels)
        for name in one:
            torch.testing.assert_close(one[name], two[name])


def test_equal_gaussians_have_no_kl():
    mean, stddev = torch.zeros(1, 2), torch.full((1, 2), 1e-3)
    policy = DiagonalGaussian(mean, stddev)
    assert all(not part.any() for part in gaussian_kl.parts(policy, policy, 0).values())


@QUICK
@given(SEEDS, st.sampled_from(sorted(families.FAMILIES)))
def test_what_the_fisher_penalty_leaves_is_of_third_order(seed, name):
    family = families.FAMILIES[name]
    source = instances.generator(seed)
    point = 0.5 * instances.normal((family.size,), source)
    direction = instances.normal((family.size,), source)
    direction = direction / direction.norm()
    left = fisher_prior.remainders(family, point, direction)
    bound = 20 * left[fisher_prior.CORRECT][0] / fisher_prior.STEPS[0] ** 3 + 1
    for step, error in zip(fisher_prior.STEPS, left[fisher_prior.CORRECT], strict=True):
        assert error <= bound * step**3 + 1e-15


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.booleans(), st.booleans(), st.integers(1, 3), st.integers(1, 3))
def test_the_bound_is_tight_at_the_posterior(
    seed, deterministic, one_start, states, actions
):
    source = instances.generator(seed)
    size = (states, actions, 2)
    mdp = trajectories.random_mdp(source, deterministic, one_start, size)
    listed = trajectories.paths(mdp)
    found = trajectories.lower_bound(
        mdp, listed, trajectories.posterior(mdp, listed)
    ).item()
    expected = trajectories.log_evidence(mdp, listed).item()
    assert math.isclose(found, expected, rel_tol=1e-10, abs_tol=1e-10)
