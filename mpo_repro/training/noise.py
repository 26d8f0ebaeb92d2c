"""Random numbers as a function of (seed, stream, counter).

Nothing keeps a generator's state: a run resumed at update 1,234 draws what it would
have drawn, and a run's noise does not depend on the runs beside it. Streams keep the
uses apart.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mpo_repro.training import philox

HOST = torch.device("cpu")
STREAMS = {
    name: number
    for number, name in enumerate(
        ("initial_parameters", "behaviour", "replay", "update", "evaluation")
    )
}


def generator(seed: int, stream: str, counter: int) -> np.random.Generator:
    """Returns a fresh generator (Philox) for one use.

    Args:
      seed: the run's seed, >= 0.
      stream: one of STREAMS.
      counter: how often this stream was used before, >= 0.

    Raises:
      KeyError: if the stream is unknown.
    """
    key = [seed, STREAMS[stream]]
    return np.random.Generator(np.random.Philox(key=key, counter=[0, counter, 0, 0]))


def _at(seed: int, stream: str, counter: int) -> np.random.Generator:
    """Moves the generator of a stream to where `generator` would begin.

    That takes a quarter of the time of a fresh one. It is good until the next call.
    """
    source, state = _source(seed, stream)
    state["state"]["counter"][1] = counter
    source.bit_generator.state = state
    return source


@functools.lru_cache(maxsize=4096)
def _source(seed: int, stream: str) -> tuple[np.random.Generator, dict[str, Any]]:
    source = generator(seed, stream, 0)
    return source, source.bit_generator.state


def normal(
    seeds: Sequence[int],
    stream: str,
    counter: int,
    shape: tuple[int, ...],
    device: torch.device = HOST,
) -> Tensor:
    """Draws standard normal float32 numbers, shape [R, *shape], a row per seed.

    On another device than the host the numbers are others: `philox.normal`'s.
    """
    if device.type != "cpu":
        known = torch.tensor(seeds, device=device)
        return philox.normal(known, STREAMS[stream], counter, shape)
    draws = torch.empty((len(seeds), *shape))
    for row, seed in zip(draws.numpy(), seeds, strict=True):
        _at(seed, stream, counter).standard_normal(dtype=np.float32, out=row)
    return draws


def integers(
    seeds: Sequence[int],
    stream: str,
    counter: int,
    high: int | Sequence[int],
    count: int,
) -> Tensor:
    """Draws integers in [0, high), int64, shape [R, count], a row per seed.

    `high` is the same for all rows, or there is one for each.
    """
    limits = [high] * len(seeds) if isinstance(high, int) else high
    rows = [
        _at(seed, stream, counter).integers(limit, size=count)
        for seed, limit in zip(seeds, limits, strict=True)
    ]
    return torch.from_numpy(np.stack(rows))
