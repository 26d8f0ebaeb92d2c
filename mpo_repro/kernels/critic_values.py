"""Values of sampled actions by the kernel of critic_values.cpp.

This pass of the target critic is most of an update: M actions at every state, of which
no gradient is taken. The kernel leads each block of rows through all layers while it is
in the caches, where torch reads and writes the whole of every layer.
"""

import ctypes
import functools
import itertools
from typing import NamedTuple

import torch
from torch import Tensor
from torch.library import Library, register_fake

from mpo_repro.kernels import library
from mpo_repro.mpo import networks
from mpo_repro.mpo.networks import CriticNetwork

ACTIVATIONS = "elu", "relu", "tanh"  # in the order of the C++ file
FLOAT32, DOTS, TILES = 0, 1, 2  # bfloat16 by dot products of vectors, or by tiles


def bfloat16() -> int:
    """Returns how the processor multiplies bfloat16: DOTS, TILES, or FLOAT32 for not.

    Raises:
      NoKernelError: if the kernel cannot be compiled here.
    """
    return int(library.load().reduced_precision())


def serves(network: CriticNetwork) -> bool:
    """Returns whether the kernel knows this architecture."""
    return network.torso.convolutions is None and 1 <= len(network.torso.hidden) <= 16


def critic(
    network: CriticNetwork,
    vector: Tensor,
    observations: Tensor,
    actions: Tensor,
    precision: int = FLOAT32,
) -> Tensor:
    """Evaluates Q(s, a), in units of return, as `networks.critic`, without gradients.

    Args:
      network: the architecture, which `serves` accepts.
      vector: the critic's parameters, float32.
      observations: states, shape [B, O].
      actions: executed actions, shape [B, A] or [N, B, A].
      precision: FLOAT32, or what `bfloat16` returns: then the layers after the first
        multiply bfloat16 numbers and add up float32 numbers.

    Returns:
      Q of shape [B] or [N, B].
    """
    torso = network.torso
    parameters = networks.unpack(vector, networks.critic_layout(network))
    states = networks.first_layer(parameters, torso, observations)
    sizes = [network.observation_size, network.action_size, *torso.hidden]
    kind, norm = ACTIVATIONS.index(torso.activation), torso.layer_norm
    return torch.ops.mpo_repro.critic_values(
        vector, states, actions, sizes, kind, norm, precision
    )


class _Call(NamedTuple):
    """What the C++ function needs besides tensors."""

    weights: tuple[int, ...]  # where they begin, in bytes from the vector's start
    biases: tuple[int, ...]
    norm: tuple[int, int] | None
    widths: ctypes.Array


@functools.cache
def _call(sizes: tuple[int, ...], norm: bool) -> _Call:
    observations, actions, *hidden = sizes
    torso = networks.Torso(tuple(hidden), "elu", norm)
    layout = networks.critic_layout(CriticNetwork(observations, actions, torso))
    counts = [torch.Size(shape).numel() for shape in layout.values()]
    starts = [0, *itertools.accumulate(counts)]
    place = {name: 4 * at for name, at in zip(layout, starts, strict=False)}
    layers = range(1, len(hidden) + 1)
    return _Call(
        (place["weight_action"], *(place[f"weight_{layer}"] for layer in layers)),
        (place["bias_0"], *(place[f"bias_{layer}"] for layer in layers)),
        (place["norm_scale"], place["norm_offset"]) if norm else None,
        (ctypes.c_int64 * len(hidden))(*hidden),
    )


def _values(
    vector: Tensor,
    states: Tensor,
    actions: Tensor,
    sizes: list[int],
    kind: int,
    norm: bool,
    precision: int,
) -> Tensor:
    vector, states = vector.contiguous(), states.contiguous()
    actions = actions.contiguous()
    for tensor in (vector, states, actions):
        if tensor.dtype != torch.float32:
            raise TypeError(f"the kernel takes float32, not {tensor.dtype}")
    values = actions.new_empty(actions.shape[:-1])
    call, base = _call(tuple(sizes), norm), vector.data_ptr()
    pointers = ctypes.c_void_p * len(call.weights)
    scale, offset = (base + at for at in call.norm) if call.norm else (None, None)
    numbers = len(sizes) - 3, values.numel(), len(states), sizes[1], kind, precision
    failed = library.load().critic_values(
        ctypes.c_void_p(states.data_ptr()),
        ctypes.c_void_p(actions.data_ptr()),
        ctypes.c_void_p(values.data_ptr()),
        pointers(*(base + at for at in call.weights)),
        pointers(*(base + at for at in call.biases)),
        ctypes.c_void_p(scale),
        ctypes.c_void_p(offset),
        call.widths,
        *map(ctypes.c_int64, numbers),
    )
    if failed:
        raise MemoryError("no memory for the values of the sampled actions")
    return values


_OPERATORS = Library("mpo_repro", "DEF")
_OPERATORS.define(
    "critic_values(Tensor vector, Tensor states, Tensor actions, int[] sizes, int kind,"
    " bool norm, int precision) -> Tensor"
)
_OPERATORS.impl("critic_values", _values, "CPU")


@register_fake("mpo_repro::critic_values", lib=_OPERATORS)
def _(vector, states, actions, sizes, kind, norm, precision):
    return actions.new_empty(actions.shape[:-1])
