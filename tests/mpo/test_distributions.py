"""Gaussians against torch.distributions, hand-computed numbers and quadrature."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence
from torch.testing import assert_close

from mpo_repro.mpo.distributions import (
    Categorical,
    DiagonalGaussian,
    FullGaussian,
    kl_covariance,
    kl_mean,
    log_prob,
)

SIZES = (1, 2, 3, 6)


def at(policy, mean):
    """The same covariance around another mean."""
    return policy._replace(mean=mean)


@pytest.mark.parametrize("size", SIZES)
def test_log_prob_is_that_of_torch(gaussian, reference, kind, size):
    policy = gaussian(kind, size, batch=(4,))
    actions = torch.randn(7, 4, size, dtype=torch.float64)
    assert_close(log_prob(policy, actions), reference(policy).log_prob(actions))


@pytest.mark.parametrize("size", SIZES)
def test_moments_are_those_of_torch(gaussian, reference, kind, size):
    policy = gaussian(kind, size, batch=(4,))
    known = reference(policy)
    assert_close(policy.marginal_stddev(), known.variance.sqrt())
    covariance = policy.covariance()
    full = covariance if kind == "full" else torch.diag_embed(covariance)
    assert_close(policy.half_log_determinant(), 0.5 * torch.logdet(full))
    if kind == "full":
        assert_close(covariance, known.covariance_matrix)


def test_a_sample_is_an_affine_map_of_the_noise(gaussian, kind):
    policy = gaussian(kind, 3, batch=(2,))
    units = torch.eye(3, dtype=torch.float64).unsqueeze(1)  # [3, 1, 3]
    columns = (policy.sample(units) - policy.mean).movedim(0, -1)  # L, [2, 3, 3]
    covariance = policy.covariance()
    full = covariance if kind == "full" else torch.diag_embed(covariance)
    assert_close(columns @ columns.mT, full)
    assert_close(
        policy.whiten(policy.sample(units) - policy.mean), units.expand(3, 2, 3)
    )


@pytest.mark.parametrize("size", SIZES)
def test_each_part_of_the_kl_is_a_kl_of_torch(gaussian, reference, kind, size):
    old = gaussian(kind, size, batch=(5,), seed=1)
    new = gaussian(kind, size, batch=(5,), seed=2)
    for metric in (old, new):
        part = kl_mean(old.mean, new.mean, metric)
        known = kl_divergence(
            reference(at(metric, old.mean)), reference(at(metric, new.mean))
        )
        assert_close(part, known)
    known = kl_divergence(reference(at(old, new.mean)), reference(new))
    assert_close(kl_covariance(old, new), known)


@settings(max_examples=40, deadline=None)
@given(
    family=st.sampled_from(["diagonal", "full"]),
    size=st.integers(1, 8),
    seed=st.integers(0, 10_000),
    scale=st.sampled_from([1e-2, 1.0, 30.0]),
)
def test_the_two_parts_sum_to_the_joint_kl(
    gaussian, reference, family, size, seed, scale
):
    old = gaussian(family, size, (3,), seed)
    new = gaussian(family, size, (3,), seed + 1, scale)
    joint = kl_divergence(reference(old), reference(new))
    parts = kl_mean(old.mean, new.mean, metric=new) + kl_covariance(old, new)
    assert_close(parts, joint, rtol=1e-9, atol=1e-9)


def test_the_kl_is_from_old_to_new():
    old = DiagonalGaussian(torch.zeros(1), torch.ones(1))
    new = DiagonalGaussian(torch.full((1,), 3.0), torch.full((1,), 2.0))
    forward = 0.5 * (1 / 4 - 1) + math.log(2)
    backward = 0.5 * (4 - 1) - math.log(2)
    assert_close(kl_covariance(old, new), torch.tensor(forward))
    assert_close(kl_covariance(new, old), torch.tensor(backward))
    # With the new covariance the mean's part is 9 / (2 * 4), with the old one 9 / 2.
    assert_close(kl_mean(old.mean, new.mean, new), torch.tensor(9 / 8))
    assert_close(kl_mean(old.mean, new.mean, old), torch.tensor(9 / 2))


def test_parts_of_a_full_kl_by_hand():
    old = FullGaussian(torch.zeros(2), torch.eye(2))
    new = FullGaussian(torch.tensor([1.0, 0.0]), torch.tensor([[1.0, 0.0], [1.0, 2.0]]))
    # Sigma = [[1, 1], [1, 5]], Sigma^-1 = [[5, -1], [-1, 1]] / 4, |Sigma| = 4.
    assert_close(kl_mean(old.mean, new.mean, new), torch.tensor(5 / 8))
    known = 0.5 * (6 / 4 - 2 + math.log(4))
    assert_close(kl_covariance(old, new), torch.tensor(known))


def integrated_kl(mean, stddev, other_mean, other_stddev):
    """KL(first || second) in one dimension, by quadrature."""
    x = torch.linspace(-12, 12, 200_001, dtype=torch.float64)
    first = torch.distributions.Normal(mean, stddev).log_prob(x)
    second = torch.distributions.Normal(other_mean, other_stddev).log_prob(x)
    return torch.trapezoid(first.exp() * (first - second), x)


def test_the_gradient_is_that_of_the_integral_from_old_to_new():
    numbers = torch.tensor([0.4, 1.3], dtype=torch.float64)  # mean, stddev of new
    old = DiagonalGaussian(*torch.tensor([[0.0], [0.8]], dtype=torch.float64))

    def split(new):
        policy = DiagonalGaussian(new[:1], new[1:])
        return kl_mean(old.mean, policy.mean, policy) + kl_covariance(old, policy)

    gradient = torch.autograd.functional.jacobian(split, numbers)
    step = 1e-4
    for index, delta in enumerate(step * torch.eye(2, dtype=torch.float64)):
        above = integrated_kl(0.0, 0.8, *(numbers + delta))
        below = integrated_kl(0.0, 0.8, *(numbers - delta))
        slope = (above - below) / (2 * step)
        assert_close(gradient[index], slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("batch", [(), (4,), (4, 2)])
def test_scatter_is_the_weighted_sum_of_squares(gaussian, kind, batch):
    weights = torch.rand(6, *batch, dtype=torch.float64)
    x = torch.randn(6, *batch, 3, dtype=torch.float64)
    known = torch.einsum("n...,n...i,n...j->...ij", weights, x, x)
    if kind == "diagonal":
        known = known.diagonal(dim1=-2, dim2=-1)
    policy = gaussian(kind, 3, batch=batch)
    assert_close(policy.scatter(weights, x), known)
    metric = policy.covariance()
    matrix = metric if kind == "full" else torch.diag_embed(metric)
    matrix_known = known if kind == "full" else torch.diag_embed(known)
    trace = torch.linalg.solve(matrix, matrix_known).diagonal(dim1=-2, dim2=-1).sum(-1)
    assert_close(policy.trace_with(policy.scatter(weights, x)), trace)


@pytest.mark.parametrize("kind", ["diagonal", "full"])
def test_entropy_is_torchs(kind):
    generator = torch.Generator().manual_seed(3)
    mean, stddev = torch.randn(4, 3, generator=generator), torch.rand(4, 3) + 0.1
    policy = DiagonalGaussian(mean, stddev)
    known = Independent(Normal(mean, stddev), 1).entropy()
    if kind == "full":
        cholesky = torch.randn(4, 3, 3, generator=generator).tril(-1)
        cholesky = cholesky + torch.diag_embed(stddev)
        policy = FullGaussian(mean, cholesky)
        known = MultivariateNormal(mean, scale_tril=cholesky).entropy()
    assert_close(policy.entropy(), known)


def test_each_dimension_alone_makes_up_the_whole():
    generator = torch.Generator().manual_seed(4)
    old, new = (
        DiagonalGaussian(
            torch.randn(5, 3, generator=generator),
            torch.rand(5, 3, generator=generator) + 0.1,
        )
        for _ in range(2)
    )
    apart = kl_covariance(old.dimensions(), new.dimensions())
    assert apart.shape == (5, 3)
    assert_close(apart.sum(-1), kl_covariance(old, new))
    apart = kl_mean(
        old.dimensions().mean, new.dimensions().mean, metric=old.dimensions()
    )
    assert_close(apart.sum(-1), kl_mean(old.mean, new.mean, metric=old))


def test_categorical_draws_have_their_probabilities():
    probabilities = torch.tensor([[0.5, 0.3, 0.15, 0.05], [0.01, 0.0, 0.98, 0.01]])
    policy = Categorical(probabilities.log())
    noise = torch.randn(20_000, 2, 4, generator=torch.Generator().manual_seed(5))
    wide = Categorical(policy.log_probs.expand(20_000, 2, 4))
    drawn = wide.sample(noise)
    assert torch.equal(drawn.sum(-1), torch.ones(20_000, 2))
    assert_close(drawn.mean(0), probabilities, atol=0.015, rtol=0)
    still = policy.sample(torch.zeros(2, 4))
    assert still.argmax(-1).tolist() == [0, 2]


def test_categorical_log_probabilities_and_all_actions():
    probabilities = torch.tensor([[0.5, 0.5, 0.0], [0.2, 0.2, 0.6]])
    policy = Categorical(probabilities.log())
    every = policy.all_actions()
    assert every.shape == (3, 2, 3)
    found = log_prob(policy, every)  # [K, B]
    assert_close(found.exp().T, probabilities)


@pytest.mark.parametrize("noise", [-40.0, 0.0, 40.0])
def test_equal_noise_however_extreme_draws_the_most_probable_action(noise):
    policy = Categorical(torch.tensor([[0.0, 0.4, 0.6], [0.7, 0.3, 0.0]]).log())
    drawn = policy.sample(torch.full((2, 3), noise))
    assert drawn.tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


def test_extreme_noise_draws_no_impossible_action():
    policy = Categorical(torch.tensor([0.0, 0.5, 0.5]).log())
    drawn = policy.sample(torch.tensor([40.0, -1.0, 1.0]))
    assert drawn.tolist() == [0.0, 0.0, 1.0]
