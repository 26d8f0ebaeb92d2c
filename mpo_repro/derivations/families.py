"""Policies as functions of a parameter vector, for the checks of KL and Fisher matrix.

A family gives KL(pi_a || pi_b), and the score's second moment under pi_a, exactly.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mpo_repro.derivations.instances import F64
from mpo_repro.mpo.distributions import FullGaussian, kl_covariance, kl_mean, log_prob


class Family(NamedTuple):
    """A family of policies at one state.

    Attributes:
      size: number of parameters, D.
      kl: KL(pi_a || pi_b) of two parameter vectors [D], scalar, in nats.
      fisher: E_pi[score score^T] at a parameter vector, shape [D, D].
    """

    size: int
    kl: Callable[[Tensor, Tensor], Tensor]
    fisher: Callable[[Tensor], Tensor]


def gaussian(parameters: Tensor) -> FullGaussian:
    """Makes a Gaussian in 2 dimensions: mean, log-diagonal of L, its lower element."""
    zero = torch.zeros_like(parameters[0])
    diagonal = parameters[2:4].exp()
    rows = torch.stack([diagonal[0], zero, parameters[4], diagonal[1]])
    return FullGaussian(parameters[:2], rows.view(2, 2))


def gaussian_kl(old: Tensor, new: Tensor) -> Tensor:
    """Returns KL(old || new) from the two terms that training bounds."""
    one, two = gaussian(old), gaussian(new)
    return kl_mean(one.mean, two.mean, metric=two) + kl_covariance(one, two)


def gaussian_fisher(parameters: Tensor) -> Tensor:
    """Integrates score score^T, a quartic, by Gauss-Hermite with 5 nodes: exactly."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    noise = torch.tensor(list(itertools.product(nodes, repeat=2)), dtype=F64)
    products = torch.tensor(list(itertools.product(weights, repeat=2)), dtype=F64)
    chance = products.prod(1) / products.prod(1).sum()
    actions = gaussian(parameters).sample(noise).detach()
    score = torch.func.jacrev(lambda p: log_prob(gaussian(p), actions))(parameters)
    return score.mT @ (chance.unsqueeze(-1) * score)


def categorical_kl(old: Tensor, new: Tensor) -> Tensor:
    """Returns KL(old || new) of softmax policies on D + 1 actions."""
    one, two = (_log_probabilities(logits) for logits in (old, new))
    return (one.exp() * (one - two)).sum()


def categorical_fisher(parameters: Tensor) -> Tensor:
    """Sums score score^T over the actions."""
    score = torch.func.jacrev(_log_probabilities)(parameters)
    chance = _log_probabilities(parameters).exp()
    return score.mT @ (chance.unsqueeze(-1) * score)


def _log_probabilities(logits: Tensor) -> Tensor:
    # The last logit is 0, so that the Fisher matrix is regular.
    return torch.cat([logits, torch.zeros_like(logits[:1])]).log_softmax(0)


FAMILIES = {
    "Gaussian, full covariance": Family(5, gaussian_kl, gaussian_fisher),
    "categorical": Family(3, categorical_kl, categorical_fisher),
}
