"""Normal numbers as a function of (seed, stream, counter), made where they are used.

The generator of numpy's Philox works on the host; a cohort on a GPU needs millions of
numbers per update, which must not travel. This is Philox4x32-10 on tensors, exact on
every device, and Box and Muller's transform.

Source: Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_KEY_STEPS = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
_LOW = 0xFFFFFFFF


def philox(counter: Sequence[Tensor], key: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Maps counters and keys to random 32-bit words.

    Args:
      counter: four int64 tensors of 32-bit words, of shapes that broadcast.
      key: two of them.

    Returns:
      Four int64 tensors of 32-bit words.
    """
    a, b, c, d = counter
    first, second = key
    for _ in range(_ROUNDS):
        # The products wrap around; their 64 bits are right all the same.
        low, high = a * _MULTIPLIERS[0], c * _MULTIPLIERS[1]
        a, c = _upper(high) ^ b ^ first, _upper(low) ^ d ^ second
        b, d = high & _LOW, low & _LOW
        first = (first + _KEY_STEPS[0]) & _LOW
        second = (second + _KEY_STEPS[1]) & _LOW
    return a, b, c, d


def normal(seeds: Tensor, stream: int, counter: int, shape: tuple[int, ...]) -> Tensor:
    """Draws standard normal float32 numbers on the device of `seeds`.

    Args:
      seeds: int64, shape [R], at least 0.
      stream: which use, a number of `noise.STREAMS`.
      counter: how often this stream was used before.
      shape: of each run's numbers.

    Returns:
      Shape [R, *shape].
    """
    size = math.prod(shape)
    block = torch.arange(-(-size // 4), device=seeds.device)
    zero = torch.zeros_like(block)
    words = philox(
        (block, zero + (counter & _LOW), zero + (counter >> 32), zero + stream),
        ((seeds & _LOW).unsqueeze(-1), _upper(seeds).unsqueeze(-1)),
    )
    u = [(word.double() + 0.5).mul(2.0**-32).float() for word in words]  # in (0, 1]
    parts = [*_box_muller(u[0], u[1]), *_box_muller(u[2], u[3])]
    drawn = torch.stack(parts, dim=-1).flatten(1)[:, :size]
    return drawn.reshape(len(seeds), *shape)


def _upper(word: Tensor) -> Tensor:
    return (word >> 32) & _LOW


def _box_muller(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    radius = (-2 * first.log()).sqrt()
    angle = 2 * math.pi * second
    return radius * angle.cos(), radius * angle.sin()
