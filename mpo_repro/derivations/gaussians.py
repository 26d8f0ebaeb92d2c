"""Random Gaussians for the checks of the M-step."""

import torch
from torch import Tensor

from mpo_repro.derivations.instances import normal
from mpo_repro.mpo.distributions import DiagonalGaussian, FullGaussian, Gaussian


def full(
    shape: tuple[int, ...], scale: float, source: torch.Generator, spread: float = 0.5
) -> FullGaussian:
    """Draws N(mean, L L^T) of shape [..., A].

    Args:
      shape: [..., A].
      scale: of means and standard deviations.
      source: the generator.
      spread: of the logarithms of L's diagonal, and of its part below.
    """
    size = shape[-1]
    below = (spread * normal((*shape, size), source)).tril(-1)
    diagonal = (spread * normal(shape, source)).exp()
    cholesky = scale * (below + diagonal.diag_embed())
    return FullGaussian(scale * normal(shape, source), cholesky)


def diagonal(
    shape: tuple[int, ...], scale: float, source: torch.Generator
) -> DiagonalGaussian:
    """Draws N(mean, diag(stddev^2)) of shape [..., A]."""
    mean, noise = normal(shape, source), normal(shape, source)
    return DiagonalGaussian(scale * mean, scale * (0.5 * noise).exp())


def cubature(policy: Gaussian) -> Tensor:
    """Returns 2 A points [2A, ..., A] whose mean of f is E f for every quadratic f."""
    size = policy.mean.shape[-1]
    unit = size**0.5 * torch.eye(size, dtype=policy.mean.dtype)
    noise = torch.cat([unit, -unit])
    noise = noise.view(2 * size, *[1] * (policy.mean.dim() - 1), size)
    return policy.sample(noise.expand(2 * size, *policy.mean.shape))
