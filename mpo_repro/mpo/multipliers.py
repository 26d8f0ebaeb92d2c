"""Lagrange multipliers that stay positive.

A multiplier is softplus of a free parameter and follows the gradient of its own loss,
one step per batch (P1, Appendix D: one gradient step on each dual per batch).
"""

import math

import torch
from torch import Tensor

SMALLEST = 1e-8  # added, so that a temperature never divides by zero
LOWEST_PARAMETER = -18.0  # softplus is 1.5e-8 here: below, its gradient is lost


def parameter_for(value: float) -> float:
    """Returns the free parameter whose multiplier is `value` > 0."""
    value = max(value - SMALLEST, 1.6e-8)
    return value + math.log(-math.expm1(-value))


def positive(parameter: Tensor) -> Tensor:
    """Maps free parameters to multipliers > 0, same shape."""
    clipped = parameter.clamp(min=LOWEST_PARAMETER)
    return torch.nn.functional.softplus(clipped) + SMALLEST


def loss(multiplier: Tensor, epsilon: Tensor | float, kl: Tensor) -> Tensor:
    """Returns alpha (epsilon - KL), scalar: alpha grows where the bound is broken.

    Args:
      multiplier: alpha > 0, scalar.
      epsilon: the bound, in nats.
      kl: realised KL per state, shape [B], in nats; no gradient passes through it.

    Source: P1, Eq. 12 and Appendix D.3 (28).
    """
    return multiplier * (epsilon - kl.detach().mean())
