"""Integrals over actions by rules that are exact, or exact to rounding.

The functions of `mpo` take means over N samples. A rule with weights w_j passes for N
samples if the values are given as N w_j f_j: `as_samples`.
"""

import itertools

import numpy as np
import torch
from torch import Tensor

from mpo_repro.derivations.instances import F64
from mpo_repro.mpo.distributions import Gaussian

RADIUS, STEP = 14.0, 0.28  # of the grid, in standard deviations


def hermite(policy: Gaussian, nodes: int) -> tuple[Tensor, Tensor]:
    """Gauss-Hermite: exact for polynomials up to degree 2 nodes - 1 in every dimension.

    Args:
      policy: mean of shape [B, A].
      nodes: per dimension.

    Returns:
      Actions [N, B, A] and weights [N] with sum 1, N = nodes^A.
    """
    size = policy.mean.shape[-1]
    places, chances = np.polynomial.hermite_e.hermegauss(nodes)
    noise = torch.tensor(list(itertools.product(places, repeat=size)), dtype=F64)
    weights = torch.tensor(list(itertools.product(chances, repeat=size)), dtype=F64)
    weights = weights.prod(-1)
    return policy.sample(noise.unsqueeze(1)), weights / weights.sum()


def grid(policy: Gaussian) -> tuple[Tensor, Tensor]:
    """The trapezoidal rule, which converges faster than any power on Gaussians.

    Args:
      policy: mean of shape [B, A]; A up to 2.

    Returns:
      Actions [N, B, A] and weights [N] with sum 1.
    """
    size = policy.mean.shape[-1]
    line = torch.arange(-RADIUS, RADIUS + STEP, STEP, dtype=F64)
    noise = torch.cartesian_prod(*[line] * size).view(-1, size)
    weights = (-0.5 * noise.square().sum(-1)).exp()
    return policy.sample(noise.unsqueeze(1)), weights / weights.sum()


def as_samples(values: Tensor, weights: Tensor) -> Tensor:
    """Returns N w_j f_j, whose mean over N is the rule's sum, shape [N, B]."""
    return len(weights) * weights.unsqueeze(-1) * values
