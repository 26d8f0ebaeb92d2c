"""Running statistics against those of all observations at once."""

import torch
from torch.testing import assert_close

from mpo_repro.training import normaliser

R, E, O = 2, 3, 4  # noqa: E741


def seen(batches):
    """The statistics after some batches."""
    state = normaliser.initial(R, O)
    for batch in batches:
        normaliser.note(state, batch)
    return state


def test_batches_one_by_one_give_what_all_together_have():
    generator = torch.Generator().manual_seed(0)
    batches = torch.randn(50, R, E, O, generator=generator) * 3 + 100
    state = seen(batches)
    everything = batches.movedim(0, 1).flatten(1, 2)  # [R, 50 E, O]
    for run in range(R):
        one = {name: value[run] for name, value in state.items()}
        found = normaliser.normalise(one, everything[run])
        mean, stddev = everything[run].mean(0), everything[run].std(0, correction=0)
        assert_close(found, (everything[run] - mean) / stddev, rtol=1e-3, atol=1e-3)


def test_what_never_varied_and_what_is_far_off_stay_small():
    state = {name: value[0] for name, value in seen([torch.ones(R, E, O)] * 5).items()}
    assert_close(normaliser.normalise(state, torch.ones(O)), torch.zeros(O))
    far = normaliser.normalise(state, torch.full((O,), -1e9))
    assert_close(far, torch.full((O,), -normaliser.LARGEST))


def test_a_run_without_statistics_sees_what_is():
    state, observations = {}, torch.randn(5, O)
    normaliser.note(state, observations.expand(R, 5, O))
    assert state == {}
    assert normaliser.normalise(state, observations) is observations
