"""The M-step as a maximum a posteriori estimate: a normal prior around theta_i.

max_theta E_s E_q[ln pi_theta(a|s)] + ln p(theta) with p = N(theta_i, F^-1 / lambda), F
the Fisher matrix of pi_i averaged over states: up to a constant
-ln p(theta) = lambda (theta - theta_i)^T F (theta - theta_i) / 2. To second order in
theta - theta_i that is lambda KL(pi_i || pi_theta), the soft form that P1 goes on with;
here it is the prior itself.

F is never built. With u_s the derivative of the distribution's parameters at state s in
the direction theta - theta_i (one forward derivative of the network at theta_i), and G
the Fisher matrix of a Gaussian in those parameters, the form is E_s[u_s^T G u_s].

Source: P1, Sec. 3.2, Eqs. 10 and 11 (erratum E6: covariance, matrix and factor).
"""

from typing import Any

import torch
from torch import Tensor

from mpo_repro.mpo import networks
from mpo_repro.mpo.distributions import FullGaussian, Gaussian


def penalty(
    network: networks.PolicyNetwork, vector: Tensor, old_vector: Tensor, states: Tensor
) -> Tensor:
    """Returns u_s^T G u_s / 2 of each state, in nats, shape [B].

    Args:
      network: the policy's architecture.
      vector: theta, shape [P].
      old_vector: theta_i, shape [P]; no gradient is taken of it.
      states: observations, shape [B, O].

    Source: P1, Eq. 10.
    """

    def gaussian(parameters: Tensor) -> Any:
        return networks.policy(network, parameters, states)

    old, change, *_ = torch.func.jvp(gaussian, (old_vector,), (vector - old_vector,))
    return quadratic(old, change)


def quadratic(old: Gaussian, change: Any) -> Tensor:
    """Returns u^T G u / 2, the second order of a Gaussian KL, in nats, shape [...].

    (du^T Sigma^-1 du) / 2 + tr((Sigma^-1 dSigma)^2) / 4, with du the change of the
    mean and dSigma = dL L^T + L dL^T that of the covariance.

    Args:
      old: pi_i.
      change: a direction in its parameters: of the mean, and of stddev or Cholesky
        factor, shaped as they are, in a Gaussian of the same kind.

    Source: P1, Eq. 11 and Appendix D.3.
    """
    mean = old.whiten(change.mean).square().sum(-1)
    if not isinstance(old, FullGaussian):
        return 0.5 * mean + (change.stddev / old.stddev).square().sum(-1)
    relative = torch.linalg.solve_triangular(  # L^-1 dL, lower triangular
        old.cholesky, change.cholesky, upper=False
    )
    diagonal = relative.diagonal(dim1=-2, dim2=-1)
    spread = relative.square().sum((-2, -1)) + diagonal.square().sum(-1)
    return 0.5 * (mean + spread)
