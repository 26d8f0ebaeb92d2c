"""Replay of what the environments gave, read as sequences.

Each environment writes a row per step into its own ring, so that consecutive rows are
consecutive in time. The last state of an episode has a row too, without a transition
(`valid` 0): from it a truncated episode bootstraps, and no sequence runs from one
episode into the next without meeting it.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.training import noise


class Sequences(NamedTuple):
    """A batch for R runs: S sequences of T transitions and T + 1 states."""

    observations: Tensor  # [R, S, T + 1, O]
    actions: Tensor  # [R, S, T, A], as the policy drew them
    executed: Tensor  # [R, S, T, A], clipped to the bounds
    log_probs: Tensor  # [R, S, T], ln b(a|s), nats
    rewards: Tensor  # [R, S, T]
    continues: Tensor  # [R, S, T], 0 where the episode terminated
    valid: Tensor  # [R, S, T], 0 where there is no transition


class Replay:
    """Rings of rows for R runs of E environments; memory is touched as it fills."""

    def __init__(self, runs: int, environments: int, size: int, sizes: tuple[int, int]):
        """Reserves room for `size` transitions a run.

        Args:
          runs: R.
          environments: E.
          size: transitions per run, over its environments.
          sizes: observation size O and action size A.
        """
        observation, action = sizes
        self.widths = [observation, action, action, 1, 1, 1, 1]
        self.capacity = max(size // environments, 1)
        self.rows = torch.empty(
            runs, environments, self.capacity, sum(self.widths), dtype=torch.float32
        )
        self.written = 0  # rows per environment since the start

    def __len__(self) -> int:
        """Rows held per environment."""
        return min(self.written, self.capacity)

    def add(self, *fields: Tensor) -> None:
        """Writes one row per environment.

        Args:
          *fields: in the order of `Sequences`, each [R, E, width] or [R, E].
        """
        shaped = [f if f.dim() == 3 else f.unsqueeze(-1) for f in fields]
        position = self.written % self.capacity
        torch.cat(shaped, dim=-1, out=self.rows[:, :, position])
        self.written += 1

    def sample(
        self,
        seeds: list[int],
        counter: int,
        count: int,
        length: int,
        newest: int | None = None,
    ) -> Sequences:
        """Draws `count` sequences of `length` transitions per run, uniformly.

        Args:
          seeds: the runs' seeds; run r's draw depends on its seed and `counter` only.
          counter: number of the update.
          count: S.
          length: T.
          newest: draw from this many last rows of each environment; None: from all.

        Raises:
          ValueError: if fewer than T + 1 rows are held.
        """
        held = len(self) if newest is None else min(newest, len(self))
        starts = held - length
        if starts < 1:
            raise ValueError(f"replay holds {held} rows, needs {length + 1}")
        runs, environments = self.rows.shape[:2]
        draws = noise.integers(seeds, "replay", counter, starts * environments, count)
        environment, age = draws // starts, draws % starts
        first = age + (self.written - held)
        steps = (first.unsqueeze(-1) + torch.arange(length + 1)) % self.capacity
        ring = torch.arange(runs).unsqueeze(-1) * environments + environment
        index = ring.unsqueeze(-1) * self.capacity + steps  # [R, S, T + 1]
        flat = self.rows.view(-1, self.rows.shape[-1])
        rows = flat.index_select(0, index.view(-1)).view(*index.shape, -1)
        observations, *rest = rows.split(self.widths, dim=-1)
        actions, executed, *scalars = (field[:, :, :-1] for field in rest)
        return Sequences(
            observations, actions, executed, *(s.squeeze(-1) for s in scalars)
        )
