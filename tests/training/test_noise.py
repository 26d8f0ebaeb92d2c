"""Noise is a function of seed, stream and counter, and of nothing else."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.training import noise

SEEDS = st.integers(0, 2**31 - 1)


def numbers(*place):
    return noise.generator(*place).random(4).tolist()


@given(SEEDS, st.sampled_from(sorted(noise.STREAMS)), st.integers(0, 2**40))
def test_equal_places_give_equal_numbers_and_neighbours_others(seed, stream, counter):
    here = numbers(seed, stream, counter)
    noise.generator(seed, stream, counter + 1).random(1000)
    assert numbers(seed, stream, counter) == here
    assert numbers(seed + 1, stream, counter) != here
    assert numbers(seed, stream, counter + 1) != here
    others = [numbers(seed, other, counter) for other in noise.STREAMS]
    assert others.count(here) == 1


def test_streams_do_not_overlap_however_much_is_drawn():
    first = noise.generator(0, "update", 0).random(200_000)
    second = noise.generator(0, "update", 1).random(200_000)
    assert not set(first.tolist()) & set(second.tolist())


def test_a_run_draws_the_same_beside_other_runs():
    together = noise.normal([5, 6, 7], "update", 9, (3, 2))
    assert together.dtype == torch.float32
    assert together.shape == (3, 3, 2)
    for row, seed in zip(together, (5, 6, 7), strict=True):
        assert torch.equal(row, noise.normal([seed], "update", 9, (3, 2))[0])
    whole = noise.integers([5, 6], "replay", 9, 10, 4)
    assert torch.equal(whole[1], noise.integers([6], "replay", 9, 10, 4)[0])


def test_normal_numbers_are_standard():
    draws = noise.normal([0], "behaviour", 0, (100_000,)).numpy()
    assert abs(draws.mean()) < 5 / np.sqrt(100_000)
    assert abs(draws.std() - 1) < 5 / np.sqrt(200_000)


def test_integers_cover_their_range_evenly():
    draws = noise.integers([0], "replay", 0, 7, 70_000)
    counts = torch.bincount(draws[0], minlength=7)
    assert len(counts) == 7
    assert (counts - 10_000).abs().max() < 5 * 100


def test_an_unknown_stream_is_refused():
    with pytest.raises(KeyError):
        noise.generator(0, "elsewhere", 0)


PLACES = st.tuples(SEEDS, st.sampled_from(sorted(noise.STREAMS)), st.integers(0, 2**40))


@given(st.lists(PLACES, min_size=1, max_size=5), st.integers(1, 9))
def test_many_uses_in_any_order_draw_what_fresh_generators_draw(places, count):
    for seed, stream, counter in places:
        fresh = noise.generator(seed, stream, counter)
        drawn = noise.normal([seed], stream, counter, (count,))[0].numpy()
        known = fresh.standard_normal(count, dtype=np.float32)
        np.testing.assert_array_equal(drawn, known)
        fresh = noise.generator(seed, stream, counter)
        drawn = noise.integers([seed], stream, counter, 1000, count)[0].numpy()
        np.testing.assert_array_equal(drawn, fresh.integers(1000, size=count))
