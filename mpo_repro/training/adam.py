"""Adam on a flat parameter vector."""

import torch
from torch import Tensor

DECAY_MEAN, DECAY_SQUARE, STABILISER = 0.9, 0.999, 1e-8


def zeros(parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the moments that Adam starts from, each shaped as the parameters."""
    return torch.zeros_like(parameters), torch.zeros_like(parameters)


def clip(gradient: Tensor, norm: float) -> Tensor:
    """Returns the gradient [P], scaled to at most this Euclidean norm."""
    return gradient * (norm / (gradient.norm() + 1e-6)).clamp(max=1.0)


def corrections(count: int) -> tuple[float, float]:
    """Returns what step number `count`, from 1, divides mean and square by."""
    return 1 - DECAY_MEAN**count, 1 - DECAY_SQUARE**count


def step(
    parameters: Tensor,
    gradient: Tensor,
    moments: tuple[Tensor, Tensor],
    rate: Tensor,
    correction: Tensor,
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Takes one step; returns new parameters and new moments.

    Args:
      parameters: shape [P].
      gradient: shape [P].
      moments: running mean and square of the gradient, each [P].
      rate: learning rate, scalar.
      correction: what `corrections` says of this step, shape [2].

    Source: Kingma and Ba, Adam, 2015, Algorithm 1.
    """
    mean, square = moments
    mean = mean + (1 - DECAY_MEAN) * (gradient - mean)
    square = DECAY_SQUARE * square + (1 - DECAY_SQUARE) * gradient.square()
    denominator = (square / correction[1]).sqrt() + STABILISER
    parameters = parameters - rate / correction[0] * mean / denominator
    return parameters, (mean, square)
