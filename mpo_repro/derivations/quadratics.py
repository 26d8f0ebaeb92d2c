"""Quadratic Q for which E_q[Q] and the best Gaussian q are known in closed form."""

from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.derivations.instances import normal
from mpo_repro.mpo.distributions import FullGaussian


class Quadratic(NamedTuple):
    """Q(a) = linear . a - a^T curvature a / 2 at B states: [B, A], [B, A, A]."""

    linear: Tensor
    curvature: Tensor

    def __call__(self, actions: Tensor) -> Tensor:
        """Evaluates Q at actions [N, B, A]: [N, B]."""
        bent = (actions.unsqueeze(-2) * self.curvature).sum(-1)
        return (actions * (self.linear - 0.5 * bent)).sum(-1)

    def gradients(self, q: FullGaussian) -> tuple[Tensor, Tensor]:
        """Returns the gradients of E_q[Q] in the mean [B, A] and L [B, A, A].

        E_q[Q] = linear . m - m^T C m / 2 - tr(C L L^T) / 2.
        """
        mean = self.linear - (self.curvature @ q.mean.unsqueeze(-1)).squeeze(-1)
        return mean, -(self.curvature @ q.cholesky).tril()

    def improved(self, old: FullGaussian, temperature: float) -> FullGaussian:
        """Returns q proportional to pi_i exp(Q / eta), which is a Gaussian again."""
        precision = torch.cholesky_inverse(old.cholesky)
        total = precision + self.curvature / temperature
        pull = (precision @ old.mean.unsqueeze(-1)).squeeze(-1)
        pull = pull + self.linear / temperature
        covariance = torch.linalg.inv(total)
        mean = (covariance @ pull.unsqueeze(-1)).squeeze(-1)
        return FullGaussian(mean, torch.linalg.cholesky(covariance))


def draw(shape: tuple[int, int], scale: float, source: torch.Generator) -> Quadratic:
    """Draws Q of shape [B, A] with positive curvature; `scale` is in units of return.

    Args:
      shape: B and A.
      scale: of the values.
      source: the generator.
    """
    root = normal((*shape, shape[-1]), source)
    return Quadratic(scale * normal(shape, source), scale * root @ root.mT)


def gradients(value: Tensor, q: FullGaussian) -> tuple[Tensor, Tensor]:
    """Differentiates a sum over states in mean and L (its lower triangle)."""
    mean, cholesky = torch.autograd.grad(value.sum(), [q.mean, q.cholesky])
    return mean, cholesky.tril()


def leaf(q: FullGaussian) -> FullGaussian:
    """Returns the same Gaussian, ready to be differentiated in."""
    return FullGaussian(*(part.detach().clone().requires_grad_() for part in q))
