"""Lagrange multipliers that stay positive.

A multiplier is softplus, or exp, of a free parameter and follows the gradient of its
own loss, one step per batch (P1, Appendix D: one gradient step on each dual per batch).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

SMALLEST = 1e-8  # added, so that a temperature never divides by zero
LOWEST_PARAMETER = -18.0  # softplus is 1.5e-8 here: below, its gradient is lost


def parameter_for(
    value: float, transform: str = "softplus", scale: float = 1.0
) -> float:
    """Returns the free parameter whose multiplier is `value` > 0."""
    value = max(value - SMALLEST, 1.6e-8 * scale) / scale
    if transform == "exp":
        return math.log(value)
    return value + math.log(-math.expm1(-value))


def positive(
    parameter: Tensor, transform: str = "softplus", scale: float = 1.0
) -> Tensor:
    """Maps free parameters to multipliers > 0, same shape.

    Args:
      parameter: the free parameters.
      transform: a key of TRANSFORMS.
      scale: factor after the transform, by which a step moves the multiplier farther.
    """
    clipped = parameter.clamp(min=LOWEST_PARAMETER)
    return scale * TRANSFORMS[transform](clipped) + SMALLEST


def limits(
    floor: float | None, cap: float | None, transform: str, scale: float
) -> tuple[float, float | None]:
    """Returns the least and the greatest free parameter; None: there is none.

    Parameters, not multipliers, are kept within: there the gradient lives on, so that a
    multiplier leaves its floor or cap when its bound asks for it.

    Args:
      floor: what no multiplier falls below; None: `positive`'s own.
      cap: what no multiplier exceeds; None: unbounded.
      transform: a key of TRANSFORMS.
      scale: as in `positive`.
    """
    lowest, highest = LOWEST_PARAMETER, None
    if floor is not None:
        lowest = max(lowest, parameter_for(floor, transform, scale))
    if cap is not None:
        highest = parameter_for(cap, transform, scale)
    return lowest, highest


def loss(multiplier: Tensor, epsilon: Tensor | float, kl: Tensor) -> Tensor:
    """Returns alpha (epsilon - KL), scalar: alpha grows where the bound is broken.

    Args:
      multiplier: alpha > 0, scalar, or one per action dimension, [A].
      epsilon: the bound, in nats.
      kl: realised KL per state, shape [B] or [B, A], in nats; no gradient passes
        through it.

    Source: P1, Eq. 12 and Appendix D.3 (28).
    """
    return (multiplier * (epsilon - kl.detach().mean(0))).sum()


TRANSFORMS: dict[str, Callable[[Tensor], Tensor]] = {
    "softplus": torch.nn.functional.softplus,
    "exp": torch.exp,
}
