"""Stable-Baselines3's replay, kept in rows as checkpoints write them."""

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import ReplayBuffer


class RowReplay(ReplayBuffer):
    """A replay buffer of one environment whose arrays are columns of one tensor.

    A checkpoint then appends the rows that are new, as it does for MPO; see
    `training.checkpoint`.

    Attributes:
      rows: float32, shape [1, 1, capacity, 2 O + A + 3]: observation, the one after it,
        action, reward, end, time limit.
      capacity: transitions kept.
    """

    def __init__(
        self,
        buffer_size: int,
        observation_space: spaces.Box,
        action_space: spaces.Box,
        device: str = "cpu",
        n_envs: int = 1,
        optimize_memory_usage: bool = False,
    ):
        """Allocates the rows; arguments are those of the class above."""
        super().__init__(
            1, observation_space, action_space, device, n_envs, optimize_memory_usage
        )
        self.buffer_size = self.capacity = buffer_size
        sizes = observation_space.shape[0], action_space.shape[0]
        width = 2 * sizes[0] + sizes[1] + 3
        # calloc: memory is taken as rows are written, not before
        self.rows = torch.from_numpy(np.zeros((1, 1, buffer_size, width), np.float32))
        self._as_columns(*sizes)

    @property
    def written(self) -> int:
        """Transitions since the start."""
        return self._written

    @written.setter
    def written(self, count: int) -> None:
        self._written = count
        self.pos, self.full = count % self.capacity, count >= self.capacity

    def __len__(self) -> int:
        """Returns how many transitions are kept."""
        return min(self._written, self.capacity)

    def add(self, *transition) -> None:
        """Writes one transition over the oldest."""
        super().add(*transition)
        self._written += 1

    def _as_columns(self, observation_size: int, action_size: int) -> None:
        self.written = 0
        widths = observation_size, observation_size, action_size, 1, 1, 1
        rows = self.rows.numpy()[0, 0]
        columns = np.split(rows, np.cumsum(widths)[:-1], axis=1)  # views
        self.observations, self.next_observations, self.actions = (
            column[:, None] for column in columns[:3]
        )
        self.rewards, self.dones, self.timeouts = columns[3:]
