"""Gaussian policies with diagonal and with full covariance; categorical ones.

Both Gaussian classes offer the same methods, so that the M-step is written once. Where
a method takes or gives a covariance, the diagonal class keeps its diagonal only,
[..., A], and the full class the matrix, [..., A, A].

Source: P1, Appendix D (the paper's policy is a Gaussian with full covariance, given by
its mean and the Cholesky factor of the covariance).
"""

import math
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

LOG_2_PI = math.log(2 * math.pi)
SMALL = 8  # action dimensions; see `_product`
HALF_LOG_2_PI_E = 0.5 * (LOG_2_PI + 1)  # entropy of N(0, 1), nats


def _product(left: Tensor, right: Tensor) -> Tensor:
    """Returns the matrix product of [..., A, A] and [..., A, A].

    Libraries take longer to begin a product of matrices this small than to compute it.
    """
    if left.shape[-1] > SMALL:
        return left @ right
    return (left.unsqueeze(-1) * right.unsqueeze(-3)).sum(-2)


class DiagonalGaussian(NamedTuple):
    """N(mean, diag(stddev^2)); mean and stddev have shape [..., A]."""

    mean: Tensor
    stddev: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Maps standard normal noise [..., A] to actions of the same shape."""
        return self.mean + self.stddev * noise

    def whiten(self, difference: Tensor) -> Tensor:
        """Maps x to L^-1 x with covariance L L^T; shape [..., A]."""
        return difference / self.stddev

    def half_log_determinant(self) -> Tensor:
        """Returns ln |Sigma| / 2, shape [...]."""
        return self.stddev.log().sum(-1)

    def covariance(self) -> Tensor:
        """Returns the variances, shape [..., A]."""
        return self.stddev.square()

    def marginal_stddev(self) -> Tensor:
        """Returns the standard deviation of each dimension, shape [..., A]."""
        return self.stddev

    def trace_with(self, covariance: Tensor) -> Tensor:
        """Returns tr(Sigma^-1 C) for C as `covariance` gives it, shape [...]."""
        return (covariance / self.stddev.square()).sum(-1)

    def entropy(self) -> Tensor:
        """Returns the differential entropy in nats, shape [...]."""
        return self.half_log_determinant() + self.mean.shape[-1] * HALF_LOG_2_PI_E

    def dimensions(self) -> "DiagonalGaussian":
        """Returns each dimension as a Gaussian of its own, shapes [..., A, 1]."""
        return DiagonalGaussian(self.mean.unsqueeze(-1), self.stddev.unsqueeze(-1))

    @staticmethod
    def scatter(weights: Tensor, differences: Tensor) -> Tensor:
        """Returns diag sum_j w_j x_j x_j^T: [N, ...], [N, ..., A] -> [..., A]."""
        return (weights.unsqueeze(-1) * differences.square()).sum(0)


class _MeanAndCholesky(NamedTuple):
    mean: Tensor
    cholesky: Tensor


class FullGaussian(_MeanAndCholesky):
    """N(mean, L L^T); mean [..., A], lower triangular L [..., A, A]."""

    def sample(self, noise: Tensor) -> Tensor:
        """Maps standard normal noise [..., A] to actions of the same shape."""
        return self.mean + (self.cholesky * noise.unsqueeze(-2)).sum(-1)

    def whiten(self, difference: Tensor) -> Tensor:
        """Maps x to L^-1 x with covariance L L^T; shape [..., A]."""
        return (self._inverse_cholesky * difference.unsqueeze(-2)).sum(-1)

    def half_log_determinant(self) -> Tensor:
        """Returns ln |Sigma| / 2, shape [...]."""
        return self.cholesky.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def covariance(self) -> Tensor:
        """Returns Sigma, shape [..., A, A]."""
        return _product(self.cholesky, self.cholesky.mT)

    def marginal_stddev(self) -> Tensor:
        """Returns the standard deviation of each dimension, shape [..., A]."""
        return self.cholesky.square().sum(-1).sqrt()

    def trace_with(self, covariance: Tensor) -> Tensor:
        """Returns tr(Sigma^-1 C) for C as `covariance` gives it, shape [...]."""
        inverse = self._inverse_cholesky
        return (_product(inverse, covariance) * inverse).sum((-2, -1))

    def entropy(self) -> Tensor:
        """Returns the differential entropy in nats, shape [...]."""
        return self.half_log_determinant() + self.mean.shape[-1] * HALF_LOG_2_PI_E

    @staticmethod
    def scatter(weights: Tensor, differences: Tensor) -> Tensor:
        """Returns sum_j w_j x_j x_j^T: [N, ...], [N, ..., A] -> [..., A, A]."""
        weighed = weights.unsqueeze(-1) * differences
        return (weighed.unsqueeze(-1) * differences.unsqueeze(-2)).sum(0)

    @cached_property
    def _inverse_cholesky(self) -> Tensor:
        """Returns L^-1, shape [..., A, A]; solved for once, as every term needs it."""
        identity = torch.eye(self.cholesky.shape[-1], dtype=self.cholesky.dtype)
        identity = identity.to(self.cholesky.device).expand_as(self.cholesky)
        return torch.linalg.solve_triangular(self.cholesky, identity, upper=False)


Gaussian = DiagonalGaussian | FullGaussian


class Categorical(NamedTuple):
    """K actions, each a unit vector; log-probabilities of shape [..., K]."""

    log_probs: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Maps standard normal noise [..., K] to unit vectors of the same shape.

        Normal numbers become Gumbel ones by their distribution functions; the largest
        of ln pi + Gumbel is a draw of pi. Without noise: the most probable action.
        """
        uniform = torch.special.ndtr(noise.double()).clamp(1e-15, 1 - 1e-15)
        gumbel = -(-uniform.log()).log()
        best = (self.log_probs + gumbel).argmax(-1, keepdim=True)
        return torch.zeros_like(self.log_probs).scatter(-1, best, 1.0)

    def all_actions(self) -> Tensor:
        """Returns every action at every state, shape [K, ..., K]."""
        count = self.log_probs.shape[-1]
        identity = torch.eye(count, device=self.log_probs.device)
        shape = (count, *(1 for _ in self.log_probs.shape[:-1]), count)
        return identity.view(shape).expand(count, *self.log_probs.shape)


def log_prob(policy: Gaussian | Categorical, actions: Tensor) -> Tensor:
    """Returns ln pi(a) for actions [..., A]: a log-density or probability, nats, [...].

    An action of a `Categorical` is a unit vector.
    """
    if isinstance(policy, Categorical):
        return torch.where(actions > 0, policy.log_probs, 0).sum(-1)
    size = policy.mean.shape[-1]
    distance = policy.whiten(actions - policy.mean).square().sum(-1)
    return -0.5 * (distance + size * LOG_2_PI) - policy.half_log_determinant()


def kl_mean(mean: Tensor, other_mean: Tensor, metric: Gaussian) -> Tensor:
    """Returns d^T Sigma^-1 d / 2 with d the difference of means, in nats, shape [...].

    Sigma is the covariance of `metric`. This is the part of a Gaussian KL that the
    means cause; with the new policy's covariance it is exactly that part of
    KL(old || new).

    Source: P1, Appendix D.3 (27), where it carries the label of the covariance (E2).
    """
    return 0.5 * metric.whiten(mean - other_mean).square().sum(-1)


def kl_covariance(old: Gaussian, new: Gaussian) -> Tensor:
    """Returns (tr(Sigma^-1 Sigma_i) - A + ln |Sigma| / |Sigma_i|) / 2, in nats, [...].

    Sigma_i is the covariance of `old`, Sigma that of `new`: the part of
    KL(old || new) that the covariances cause.

    Source: P1, Appendix D.3 (27), where it carries the label of the mean (E2) and lacks
    the determinants (E3).
    """
    trace = new.trace_with(old.covariance())
    log_ratio = new.half_log_determinant() - old.half_log_determinant()
    return 0.5 * (trace - old.mean.shape[-1]) + log_ratio
