"""How a drawn action becomes one that is executed: the paper's silence on bounds.

The policy's density is that of the drawn action; the critic and the environment know
the executed one, in [-1, 1] per dimension.
"""

import torch
from torch import Tensor


def clip(actions: Tensor) -> Tensor:
    """Returns the nearest action within the bounds, same shape."""
    return actions.clamp(-1, 1)


BOUNDS = {"clip": clip, "tanh": torch.tanh}
