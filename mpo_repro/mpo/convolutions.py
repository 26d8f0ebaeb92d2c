"""Convolutions that turn an image into features, for networks that see images.

Letters in shapes: an image has F frames of H x W bytes.
"""

import math
from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from mpo_repro.mpo import activations

BRIGHTEST = 255  # of a byte: images are scaled to [0, 1]


class Convolution(NamedTuple):
    """One layer: how many filters, each side x side, and how far they are moved."""

    filters: int
    side: int
    stride: int


class Convolutions(NamedTuple):
    """The layers, first to last, and the image [F, H, W] that the first one sees."""

    image: tuple[int, int, int]
    layers: tuple[Convolution, ...]


# Source: Mnih et al., Human-level control through deep reinforcement learning, 2015
# ("Model architecture" and "Preprocessing"); P1 takes it over for its Atari runs.
DQN = Convolutions(
    (4, 84, 84), (Convolution(32, 8, 4), Convolution(64, 4, 2), Convolution(64, 3, 1))
)
BY_NAME = {"mlp": None, "dqn": DQN}


def layout(convolutions: Convolutions) -> dict[str, tuple[int, ...]]:
    """Returns names and shapes of the parameters, in order."""
    frames, *_ = convolutions.image
    shapes: dict[str, tuple[int, ...]] = {}
    for index, layer in enumerate(convolutions.layers):
        shapes[f"kernel_{index}"] = (layer.filters, frames, layer.side, layer.side)
        shapes[f"offset_{index}"] = (layer.filters,)
        frames = layer.filters
    return shapes


def size(convolutions: Convolutions) -> int:
    """Returns how many features there are of an image."""
    frames, height, width = convolutions.image
    for layer in convolutions.layers:
        frames = layer.filters
        height = (height - layer.side) // layer.stride + 1
        width = (width - layer.side) // layer.stride + 1
    return math.prod((frames, height, width))


def features(
    convolutions: Convolutions,
    activation: str,
    parameters: dict[str, Tensor],
    observations: Tensor,
) -> Tensor:
    """Applies the layers, each followed by the activation.

    Args:
      convolutions: the architecture.
      activation: a name of `activations.BY_NAME`.
      parameters: by the names of `layout`; others are left.
      observations: images of bytes, 0 to 255, shape [..., F, H, W].

    Returns:
      Features, shape [..., `size(convolutions)`].
    """
    images = observations.reshape(-1, *convolutions.image)
    hidden = images.to(parameters["kernel_0"].dtype) / BRIGHTEST
    for index, layer in enumerate(convolutions.layers):
        kernel, offset = parameters[f"kernel_{index}"], parameters[f"offset_{index}"]
        hidden = functional.conv2d(hidden, kernel, offset, layer.stride)
        hidden = activations.BY_NAME[activation](hidden)
    return hidden.reshape(*observations.shape[:-3], -1)
