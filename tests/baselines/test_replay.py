"""Rows against Stable-Baselines3's own buffer."""

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.buffers import ReplayBuffer

from mpo_repro.baselines.replay import RowReplay
from mpo_repro.training.checkpoint import Checkpoint

SPACES = spaces.Box(-np.inf, np.inf, (3,), np.float32), spaces.Box(-1, 1, (2,))


def fill(buffer, count, first=0):
    for number in range(first, first + count):
        draws = np.random.default_rng(number)
        observations, action = draws.normal(size=(2, 1, 3)), draws.normal(size=(1, 2))
        ended = np.array([number % 4 == 3])
        about = [{"TimeLimit.truncated": number % 8 == 7}]
        buffer.add(*observations, action, draws.normal(size=1), ended, about)
    return buffer


def sample(buffer):
    np.random.seed(5)  # noqa: NPY002
    return [part for part in buffer.sample(64) if part is not None]


@pytest.mark.parametrize("count", [5, 10, 27])
def test_it_samples_what_the_original_does(count):
    ours = sample(fill(RowReplay(10, *SPACES), count))
    theirs = sample(fill(ReplayBuffer(10, *SPACES, device="cpu"), count))
    for left, right in zip(ours, theirs, strict=True):
        assert left.dtype == right.dtype
        assert (left == right).all()


@pytest.mark.parametrize("counts", [(4, 3), (8, 7), (25, 30)])
def test_a_checkpoint_appends_to_it_and_fills_it_again(tmp_path, counts):
    checkpoint, buffer = Checkpoint(tmp_path, "a"), RowReplay(10, *SPACES)
    written = 0
    for count in counts:
        fill(buffer, count, written)
        written += count
        checkpoint.save({}, {}, buffer)
    again = RowReplay(10, *SPACES)
    Checkpoint(tmp_path, "a").load(again)
    assert (again.written, again.pos, again.full) == (
        written,
        buffer.pos,
        buffer.full,
    )
    fill(buffer, 2, written), fill(again, 2, written)
    assert (buffer.rows == again.rows).all()
    assert len(again) == len(buffer) == min(written + 2, 10)
