"""Layers of convolutions as sizes, without tensors: what a run costs is read off them.

Letters in shapes: an image has F frames of H x W bytes.
"""

import math
from typing import NamedTuple


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


def images(convolutions: Convolutions) -> list[tuple[int, int, int]]:
    """Returns the shapes [F, H, W] of what each layer makes."""
    shapes = []
    _, height, width = convolutions.image
    for layer in convolutions.layers:
        height = (height - layer.side) // layer.stride + 1
        width = (width - layer.side) // layer.stride + 1
        shapes.append((layer.filters, height, width))
    return shapes


def size(convolutions: Convolutions) -> int:
    """Returns how many features there are of an image."""
    return math.prod([convolutions.image, *images(convolutions)][-1])
