"""Replay against a plain list of all that was ever added."""

import psutil
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mpo_repro.training.replay import Replay, Sequences

OBSERVATION, ACTION = 3, 2


def stamp(run, environment, step):
    """A number that tells where a row came from; float32 holds it exactly."""
    return float(run * 1_000_000 + environment * 10_000 + step)


def filled(runs, environments, size, steps):
    """A replay in whose rows every number is the row's stamp."""
    replay = Replay(runs, environments, size, (OBSERVATION, ACTION))
    for step in range(steps):
        stamps = torch.tensor(
            [[stamp(r, e, step) for e in range(environments)] for r in range(runs)]
        )
        wide = stamps.unsqueeze(-1)
        observations = wide.expand(-1, -1, OBSERVATION)
        actions = wide.expand(-1, -1, ACTION)
        replay.add(observations, actions, actions, *[stamps] * 4)
    return replay


@settings(max_examples=60, deadline=None)
@given(
    runs=st.integers(1, 3),
    environments=st.integers(1, 4),
    capacity=st.integers(5, 30),
    steps=st.integers(5, 80),
    length=st.integers(1, 4),
    counter=st.integers(0, 1000),
)
def test_sequences_are_consecutive_rows_of_one_environment(
    runs, environments, capacity, steps, length, counter
):
    replay = filled(runs, environments, capacity * environments, steps)
    assert len(replay) == min(steps, capacity)
    batch = replay.sample(list(range(runs)), counter, 16, length)
    assert batch.observations.shape == (runs, 16, length + 1, OBSERVATION)
    stamps = batch.observations[..., 0].long()
    run = torch.arange(runs).view(-1, 1, 1)
    assert bool((stamps // 1_000_000 == run).all())
    assert bool((stamps.diff(dim=-1) == 1).all())  # the same environment, next step
    step = stamps % 10_000
    assert int(step.min()) >= max(steps - capacity, 0)
    assert int(step.max()) < steps
    for field in batch[1:]:
        scalar = field if field.dim() == 3 else field[..., 0]
        assert torch.equal(scalar.long(), stamps[..., :-1])


def test_every_start_is_drawn_and_about_equally_often():
    replay = filled(1, 2, 2 * 10, 37)  # rows 27..36 remain: 7 starts of 3 transitions
    drawn = replay.sample([0], 0, 14_000, 3).observations[0, :, 0, 0].long()
    known = [10_000 * e + step for e in range(2) for step in range(27, 34)]
    values, counts = drawn.unique(return_counts=True)
    assert values.tolist() == known
    assert (counts - 1000).abs().max() < 5 * 1000**0.5


def test_a_draw_depends_on_seed_and_counter_only():
    replay = filled(2, 3, 60, 25)
    alone = filled(1, 3, 60, 25)
    both = replay.sample([4, 9], 7, 32, 2).rewards
    known = alone.sample([4], 7, 32, 2).rewards
    assert torch.equal(both[:1], known)
    assert not torch.equal(alone.sample([4], 8, 32, 2).rewards, known)
    assert not torch.equal(alone.sample([5], 7, 32, 2).rewards, known)


def test_fields_come_back_in_their_order():
    replay = Replay(1, 1, 10, (OBSERVATION, ACTION))
    fields = [torch.full((1, 1, OBSERVATION), 1.0)]
    fields += [torch.full((1, 1, ACTION), value) for value in (2.0, 3.0)]
    fields += [torch.full((1, 1), value) for value in (4.0, 5.0, 6.0, 7.0)]
    for _ in range(3):
        replay.add(*fields)
    batch = replay.sample([0], 0, 1, 2)
    found = {name: float(getattr(batch, name).flatten()[0]) for name in batch._fields}
    assert found == {
        name: float(value) for value, name in enumerate(Sequences._fields, start=1)
    }


def test_a_replay_without_one_sequence_says_so():
    with pytest.raises(ValueError, match="holds 3 rows, needs 4"):
        filled(1, 1, 10, 3).sample([0], 0, 1, 3)


def test_a_million_transitions_take_their_floats_and_only_as_they_come():
    process, count = psutil.Process(), 10**6
    before = process.memory_info().rss
    replay = Replay(1, 8, count, (17, 6))
    floats = 17 + 6 + 6 + 4  # state, action twice, and four numbers
    assert replay.rows.nbytes <= 1.2 * 4 * floats * count
    for _ in range(1_000):  # 0.8 % of it
        numbers = torch.zeros(4, 1, 8)
        replay.add(torch.zeros(1, 8, 17), *torch.zeros(2, 1, 8, 6), *numbers)
    assert process.memory_info().rss - before < 0.1 * replay.rows.nbytes
    assert len(replay) == 1_000
