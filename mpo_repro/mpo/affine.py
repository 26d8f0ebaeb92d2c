"""x W + b by the quickest route, for passes that need no gradient.

On a CPU torch sends a float32 product to MKL, which keeps to half of the vector width
on processors that are not Intel's; oneDNN, which torch carries too, does not. The
product of the target pass is most of an update, so that the choice is worth a file.
"""

from typing import Any

import torch
from torch import Tensor

ONEDNN = torch.backends.mkldnn.is_available()
MANY = 64  # rows; for fewer, as in acting, the call costs more than the product


def affine(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Returns x W + b for inputs [..., I], weight [I, K], bias [K]: [..., K]."""
    many = inputs.numel() >= MANY * inputs.shape[-1]
    if ONEDNN and many and inputs.device.type == "cpu" and not torch.is_grad_enabled():
        return _onednn(inputs, weight, bias)
    return torch.matmul(inputs, weight) + bias


@torch.library.custom_op("mpo_repro::affine", mutates_args=())
def _onednn(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if inputs.dtype != torch.float32:
        return torch.matmul(inputs, weight) + bias
    # It packs a transposed view the slow way (copied first, the very bits come sooner)
    # and reads a bias as if it were contiguous.
    rows, bias = weight.mT.contiguous(), bias.contiguous()
    return torch.ops.mkldnn._linear_pointwise(inputs, rows, bias, "none", [], "")


@_onednn.register_fake
def _(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return inputs.new_empty((*inputs.shape[:-1], weight.shape[-1]))


@_onednn.register_vmap
def _(
    info: Any,
    in_dims: tuple[int | None, ...],
    inputs: Tensor,
    weight: Tensor,
    bias: Tensor,
) -> tuple[Tensor, int]:
    given = zip((inputs, weight, bias), in_dims, strict=True)
    inputs, weight, bias = (_leading(t, d, info.batch_size) for t, d in given)
    runs = [_onednn(*one) for one in zip(inputs, weight, bias, strict=True)]
    return torch.stack(runs), 0


def _leading(tensor: Tensor, dimension: int | None, size: int) -> Tensor:
    """Moves the mapped dimension to the front, or repeats what is not mapped."""
    if dimension is None:
        return tensor.expand(size, *tensor.shape)
    return tensor.movedim(dimension, 0)
