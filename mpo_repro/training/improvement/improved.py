"""What the E-step hands to the M-step."""

from typing import NamedTuple

from torch import Tensor


class ImprovedPolicy(NamedTuple):
    """q over M actions at B states; nothing of it changes during an update."""

    temperature: Tensor  # eta, scalar, in units of return
    weights: Tensor  # [M, B], summing to 1 over M
    fitted: Tensor  # [M, B]: with those that draw actions into range, if there are any
