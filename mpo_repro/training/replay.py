"""Replay of what the environments gave, read as sequences.

Each environment writes a row per step into its own ring, so that consecutive rows are
consecutive in time. The last state of an episode has a row too, without a transition
(`valid` 0): from it a truncated episode bootstraps, and no sequence runs from one
episode into the next without meeting it. Of images rows keep a frame: see `frames`.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mpo_repro.environments import spec
from mpo_repro.training import frames, noise
from mpo_repro.training.plan import Plan


class Sequences(NamedTuple):
    """A batch for R runs: S sequences of T transitions and T + 1 states."""

    observations: Tensor  # [R, S, T + 1, O], or uint8 [R, S, T + 1, F, H, W]
    actions: Tensor  # [R, S, T, A], as the policy drew them
    executed: Tensor  # [R, S, T, A], clipped to the bounds
    log_probs: Tensor  # [R, S, T], ln b(a|s), nats
    rewards: Tensor  # [R, S, T]
    continues: Tensor  # [R, S, T], 0 where the episode terminated
    valid: Tensor  # [R, S, T], 0 where there is no transition


class Replay:
    """Rings of rows for R runs of E environments; memory is touched as it fills."""

    def __init__(
        self,
        runs: int,
        environments: int,
        size: int | Sequence[int],
        sizes: tuple[int, int],
        device: str = "cpu",
        image: frames.Image | None = None,
    ):
        """Reserves room for `size` transitions a run.

        Args:
          runs: R.
          environments: E.
          size: transitions per run, over its environments; of all runs, or of each.
          sizes: observation size O and action size A.
          device: where the rows are.
          image: F, H, W, if observations are images of O bytes.
        """
        observation, action = sizes
        self.image, self._before = image, 0  # rows that a sequence's first image needs
        if image is not None:
            observation, self._before = 0, image[0] - 1
        self.widths = [observation, action, action, 1, 1, 1, 1]
        ends = accumulate(self.widths, initial=0)
        self._columns = [slice(first, end) for first, end in pairwise(ends)]
        each = [size] * runs if isinstance(size, int) else list(size)
        self.windows = [max(one // environments, 1) for one in each]  # rows, per run
        width = sum(self.widths) + (frames.words(image) if image else 0)
        shape = runs, environments, max(self.windows) + self._before, width
        self.rows = torch.empty(shape, dtype=torch.float32, device=device)
        if image is not None:  # before the first row there is no transition
            self.rows[:, :, -1] = 0
        self.latest = torch.empty(0)  # the newest rows' numbers, on the host
        self.written = 0  # rows per environment since the start

    @property
    def capacity(self) -> int:
        """Rows per environment that there is room for."""
        return self.rows.shape[2]

    def of(self, run: int) -> "ReplayOfRun":
        """Returns one run's part, as a replay of a single run."""
        return ReplayOfRun(self, run)

    def __len__(self) -> int:
        """Rows held per environment."""
        return min(self.written, self.capacity)

    def add(self, *fields: np.ndarray | Tensor) -> None:
        """Writes one row per environment.

        Args:
          *fields: on the host, in the order of `Sequences`, each [R, E, width] or
            [R, E]; images are [R, E, F, H, W].
        """
        numbers = np.empty((*self.rows.shape[:2], sum(self.widths)), np.float32)
        skipped = 0 if self.image is None else 1
        pairs = zip(fields[skipped:], self._columns[skipped:], strict=True)
        for field, columns in pairs:
            numbers[..., columns] = field if field.ndim == 3 else field[..., None]
        row = self.latest = torch.from_numpy(numbers)
        if self.image is not None:
            youngest = frames.youngest(torch.as_tensor(fields[0]))
            row = torch.cat([row, youngest], dim=-1)
        self.rows.select(2, self.written % self.capacity).copy_(row)
        self.written += 1

    def sample(
        self, seeds: list[int], counter: int, count: int, length: int
    ) -> Sequences:
        """Draws `count` sequences of `length` transitions per run, uniformly.

        Args:
          seeds: the runs' seeds; run r's draw depends on its seed and `counter` only.
          counter: number of the update.
          count: S.
          length: T.

        Raises:
          ValueError: if fewer than T + 1 rows are held.
        """
        index = self._drawn(seeds, counter, count, length)
        flat = self.rows.view(-1, self.rows.shape[-1])
        where = index.view(-1).to(flat.device, non_blocking=True)
        rows = flat.index_select(0, where).view(*index.shape, -1)
        numbers = rows[..., : sum(self.widths)]
        observations, *rest = numbers[:, :, self._before :].split(self.widths, dim=-1)
        if self.image is not None:
            packed = rows[..., sum(self.widths) :]
            observations = frames.stacks(packed, numbers[..., -1], self.image)
        actions, executed, *scalars = (field[:, :, :-1] for field in rest)
        return Sequences(
            observations, actions, executed, *(s.squeeze(-1) for s in scalars)
        )

    def _drawn(self, seeds: list[int], counter: int, count: int, length: int) -> Tensor:
        """Places of rows in all rings, one after the other, int64 [R, S, T + 1].

        Of images those before come first, [R, S, F + T]."""
        runs, environments = self.rows.shape[:2]
        held = torch.tensor([min(self.written, window) for window in self.windows])
        starts = held - length
        if int(starts.min()) < 1:
            raise ValueError(f"replay holds {int(held.min())} rows, needs {length + 1}")
        high = (starts * environments).tolist()
        draws = noise.integers(seeds, "replay", counter, high, count)
        environment, age = draws // starts[:, None], draws % starts[:, None]
        first = age + (self.written - held)[:, None]
        offsets = torch.arange(-self._before, length + 1)
        steps = (first.unsqueeze(-1) + offsets) % self.capacity
        ring = torch.arange(runs).unsqueeze(-1) * environments + environment
        return ring.unsqueeze(-1) * self.capacity + steps


def empty_replay(plans: Sequence[Plan], sizes: tuple[int, int]) -> Replay:
    """Reserves room for runs that train together, for each as much as it asks for."""
    data, device = plans[0].recipe.data, plans[0].device
    windows = [plan.recipe.data.buffer_size for plan in plans]
    image = spec(plans[0].task).image
    return Replay(len(plans), data.environments, windows, sizes, device, image)


class ReplayOfRun:
    """The part of one run, for its checkpoint: rows [1, E, capacity, width]."""

    def __init__(self, replay: Replay, run: int):
        """Shares the rows; what is written here is written there."""
        self._replay = replay
        self.rows = replay.rows[run : run + 1]
        self.capacity = replay.capacity

    def __len__(self) -> int:
        """Rows held per environment."""
        return len(self._replay)

    @property
    def written(self) -> int:
        """Rows per environment since the start."""
        return self._replay.written

    @written.setter
    def written(self, count: int) -> None:
        self._replay.written = count
