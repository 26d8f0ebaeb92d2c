"""Adam on flat parameter vectors of R runs, each with its own rate."""

import torch
from torch import Tensor

DECAY_MEAN, DECAY_SQUARE, STABILISER = 0.9, 0.999, 1e-8


def zeros(parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the moments that Adam starts from, each shaped as the parameters."""
    return torch.zeros_like(parameters), torch.zeros_like(parameters)


def clip(gradient: Tensor, norm: float) -> Tensor:
    """Scales each run's gradient [R, P] to at most this Euclidean norm, in place."""
    length = gradient.norm(dim=-1, keepdim=True)
    return gradient.mul_((norm / (length + 1e-6)).clamp(max=1.0))


def step(
    parameters: Tensor,
    gradient: Tensor,
    moments: tuple[Tensor, Tensor],
    rate: Tensor,
    count: int,
) -> None:
    """Takes one step, in place.

    Args:
      parameters: shape [R, P].
      gradient: shape [R, P].
      moments: running mean and square of the gradient, each [R, P].
      rate: learning rate per run, shape [R].
      count: number of this step, from 1.

    Source: Kingma and Ba, Adam, 2015, Algorithm 1.
    """
    mean, square = moments
    mean.lerp_(gradient, 1 - DECAY_MEAN)
    square.mul_(DECAY_SQUARE).addcmul_(gradient, gradient, value=1 - DECAY_SQUARE)
    denominator = (square / (1 - DECAY_SQUARE**count)).sqrt_().add_(STABILISER)
    scale = rate.unsqueeze(-1) / (1 - DECAY_MEAN**count)
    parameters.sub_(mean * scale / denominator)
