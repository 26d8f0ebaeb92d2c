"""The processes that learn as one: what they have to agree on.

Each method but `seed` is a meeting: every process of the group has to call it. What it
returns is the same everywhere, to the bit.

Source: P1, Alg. 1 (a chief sums the gradients of G workers, synchronously).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, distributed


class Alone:
    """One process, which agrees with itself."""

    count, rank = 1, 0

    def mean(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Averages tensors over the processes, each as it is shaped."""
        return tensors

    def totals(self, *numbers: int) -> list[int]:
        """Adds numbers up over the processes, each by itself."""
        return list(numbers)

    def gathered(self, value: Any) -> list:
        """Lists what each process gives, in the order of their ranks."""
        return [value]

    def seed(self, seed: int) -> int:
        """Returns this process's own seed, of a run of this seed."""
        return seed


class Group(Alone):
    """Several processes, joined by torch.distributed.

    Raises:
      ConnectionError: in each method, if another process is gone.
    """

    def __init__(self, rank: int, count: int):
        """Takes this process's place among them, from 0, and how many they are."""
        self.rank, self.count = rank, count

    def mean(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """As `Alone.mean`, in one message."""
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        _meet(distributed.all_reduce, flat)
        parts = (flat / self.count).split([tensor.numel() for tensor in tensors])
        pairs = zip(parts, tensors, strict=True)
        return tuple(part.view(tensor.shape) for part, tensor in pairs)

    def totals(self, *numbers: int) -> list[int]:
        """As `Alone.totals`, in one message."""
        summed = torch.tensor(numbers)
        _meet(distributed.all_reduce, summed)
        return summed.tolist()

    def gathered(self, value: Any) -> list:
        """As `Alone.gathered`."""
        found = [None] * self.count
        _meet(distributed.all_gather_object, found, value)
        return found

    def seed(self, seed: int) -> int:
        """As `Alone.seed`: the run's in the first process; never that of another run.

        Seeds of runs are below 2^32, and the noise takes them of 64 bits.
        """
        return seed + (self.rank << 32)


def _meet(how: Callable, *arguments) -> None:
    try:
        how(*arguments)
    except RuntimeError as error:
        raise ConnectionError(f"another worker is gone: {error}") from None


ALONE = Alone()
