"""Gaussians to test with, and one thread: small tensors gain nothing from more."""

import pytest
import torch

from mpo_repro.mpo.distributions import DiagonalGaussian, FullGaussian

torch.set_num_threads(1)
KINDS = ("diagonal", "full")


def make_gaussian(kind, size, batch=(), seed=0, scale=1.0):
    """Draws a Gaussian of float64, its covariance well away from the identity."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*batch, *shape, generator=generator, dtype=torch.float64)

    mean, diagonal = draw(size), scale * (0.3 + draw(size).abs())
    if kind == "diagonal":
        return DiagonalGaussian(mean, diagonal)
    lower = scale * draw(size, size).tril(-1)
    return FullGaussian(mean, lower + torch.diag_embed(diagonal))


@pytest.fixture(scope="session")
def gaussian():
    """`make_gaussian`."""
    return make_gaussian


@pytest.fixture(scope="session")
def reference():
    """Turns a Gaussian into one of torch.distributions."""

    def of(policy):
        if isinstance(policy, DiagonalGaussian):
            normal = torch.distributions.Normal(policy.mean, policy.stddev)
            return torch.distributions.Independent(normal, 1)
        return torch.distributions.MultivariateNormal(
            policy.mean, scale_tril=policy.cholesky
        )

    return of


@pytest.fixture(params=KINDS)
def kind(request):
    """Both families."""
    return request.param
