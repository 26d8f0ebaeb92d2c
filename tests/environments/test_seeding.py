"""Seeds of episodes."""

import pytest

from mpo_repro.environments.seeding import episode_seeds


def test_a_seed_does_not_depend_on_the_number_of_environments():
    assert episode_seeds(7, 1, 8, 3)[:2] == episode_seeds(7, 1, 2, 3)


def test_environments_may_be_counted_from_any():
    assert episode_seeds(7, 1, 2, 3, first=4) == episode_seeds(7, 1, 6, 3)[4:]


def test_each_part_of_the_key_matters():
    keys = [(7, 0, 0), (8, 0, 0), (7, 1, 0), (7, 0, 1), (0, 7, 0), (2**32 + 7, 0, 0)]
    seeds = [
        seed for run, stream, k in keys for seed in episode_seeds(run, stream, 4, k)
    ]
    assert len(set(seeds)) == len(seeds) == 24


def test_seeds_fit_a_signed_integer_of_32_bits():
    seeds = [seed for k in range(50) for seed in episode_seeds(3, 2, 8, k)]
    assert all(type(seed) is int and 0 <= seed < 2**31 for seed in seeds)
    assert max(seeds) > 2**30


def test_seeds_are_the_same_on_every_day():
    assert episode_seeds(0, 0, 2, 0) == [1839233791, 623452746]


@pytest.mark.parametrize("key", [(-1, 0, 1, 0), (0, -1, 1, 0), (0, 0, 1, -1)])
def test_negative_parts_are_refused(key):
    with pytest.raises(ValueError, match="must not be negative"):
        episode_seeds(*key)
