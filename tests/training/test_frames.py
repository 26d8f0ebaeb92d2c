"""Replay of images against the stacks of frames that were added to it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mpo_repro.training import checkpoint, frames
from mpo_repro.training.replay import Replay

IMAGE = 3, 2, 2  # F, H, W


class Play:
    """Episodes of random frames, some of one row only, as environments show them."""

    def __init__(self, environments, seed, ends=0.3):
        self.generator = torch.Generator().manual_seed(seed)
        self.environments, self.ends = environments, ends
        self.begins = torch.ones(environments, dtype=torch.bool)
        self.stacks = torch.zeros(environments, *IMAGE, dtype=torch.uint8)
        self.shown = []  # a list of [E, F, H, W]

    def step(self, replay):
        shape = self.environments, *IMAGE[1:]
        new = torch.randint(256, shape, dtype=torch.uint8, generator=self.generator)
        rolled = torch.cat([self.stacks[:, 1:], new.unsqueeze(1)], dim=1)
        alone = new.unsqueeze(1).expand_as(rolled)
        begins = self.begins.view(-1, 1, 1, 1)
        self.stacks = torch.where(begins, alone, rolled)
        self.shown.append(self.stacks)
        last = torch.rand(self.environments, generator=self.generator) < self.ends
        numbers = torch.full((1, self.environments), float(len(self.shown) - 1))
        action = numbers.unsqueeze(-1).expand(-1, -1, 2)
        valid = (~last).float().unsqueeze(0)
        stacks = self.stacks.unsqueeze(0)
        replay.add(stacks, action, action, numbers, numbers, numbers, valid)
        self.begins = last


def filled(environments, size, steps, seed=0, ends=0.3):
    replay = Replay(1, environments, size, (12, 2), image=IMAGE)
    play = Play(environments, seed, ends)
    for _ in range(steps):
        play.step(replay)
    return replay, torch.stack(play.shown)  # [N, E, F, H, W]


@settings(max_examples=60, deadline=None)
@given(
    environments=st.integers(1, 3),
    capacity=st.integers(6, 20),
    steps=st.integers(6, 60),
    length=st.integers(1, 4),
    seed=st.integers(0, 100),
)
def test_what_was_shown_comes_back(environments, capacity, steps, length, seed):
    replay, shown = filled(environments, capacity * environments, steps, seed)
    batch = replay.sample([seed], 0, 16, length)
    assert batch.observations.shape == (1, 16, length + 1, *IMAGE)
    assert batch.observations.dtype == torch.uint8
    for index in range(16):
        first = int(batch.rewards[0, index, 0])
        assert first >= max(steps - capacity, 0)
        rows = shown[first : first + length + 1]  # [T + 1, E, F, H, W]
        found = batch.observations[0, index].unsqueeze(1)
        assert (rows == found).flatten(2).all(-1).all(0).any()


def test_every_row_held_can_be_the_first():
    replay, _ = filled(1, 8, 30)
    drawn = replay.sample([0], 0, 500, 2).rewards[0, :, 0].unique()
    assert drawn.tolist() == [22.0, 23.0, 24.0, 25.0, 26.0, 27.0]


def test_stacks_by_hand():
    """Rows a b | c d e | f, where a bar ends an episode; F = 3, and N = 4 from c on."""
    names = torch.tensor(list(b"abcdef"), dtype=torch.uint8)
    packed = names.unsqueeze(-1).expand(6, 4).contiguous().view(torch.float32)
    valid = torch.tensor([1.0, 0, 1, 1, 0, 1])
    found = frames.stacks(packed, valid, (3, 1, 4))[:, :, 0, 0]
    assert [bytes(row.tolist()) for row in found] == [b"ccc", b"ccd", b"cde", b"fff"]


def test_bytes_that_are_no_numbers_come_back():
    """Words that are signalling NaN, quiet NaN, infinity, denormal and -0."""
    patterns = [0x7FA00001, 0x7FC00001, 0x7F800000, 0x00000001, 0x80000000]
    content = b"".join(word.to_bytes(4, "little") for word in patterns)
    frame = torch.tensor(list(content), dtype=torch.uint8).view(1, 1, 1, 5, 4)
    replay = Replay(1, 1, 5, (20, 1), image=(1, 5, 4))
    nothing = torch.zeros(1, 1)
    for _ in range(3):
        replay.add(frame, *[nothing.unsqueeze(-1)] * 2, *[nothing] * 3, nothing + 1)
    batch = replay.sample([0], 0, 1, 2)
    assert bytes(batch.observations[0, 0, 1].flatten().tolist()) == content


def test_a_row_takes_a_byte_for_a_pixel_and_a_frame_for_a_stack():
    replay = Replay(1, 1, 10, (4 * 84 * 84, 18), image=(4, 84, 84))
    assert replay.rows.shape[-1] * 4 == 84 * 84 + (2 * 18 + 4) * 4


def test_a_frame_that_does_not_fill_words_is_refused():
    with pytest.raises(ValueError, match="3 x 5"):
        frames.words((4, 3, 5))


def test_the_numbers_of_the_newest_row_are_without_its_frame():
    replay, _ = filled(2, 20, 3)
    assert replay.latest.shape == (1, 2, 2 * 2 + 4)
    assert sum(replay.widths) == 8
    assert replay.latest[0, 0, -3] == 2.0  # where the guard looks for the reward


@pytest.mark.parametrize("steps", [3, 25])
def test_a_checkpoint_brings_images_back(tmp_path, steps):
    """Also those whose first frames are older than all that is drawn from."""
    replay, _ = filled(2, 16, steps, ends=0.05)
    checkpoint.Checkpoint(tmp_path, "a/seed-0").save({}, {}, replay)
    again = Replay(1, 2, 16, (12, 2), image=IMAGE)
    checkpoint.Checkpoint(tmp_path, "a/seed-0").load(again)
    known, found = (one.sample([0], 3, 64, 2) for one in (replay, again))
    for left, right in zip(known, found, strict=True):
        assert torch.equal(left, right)
