"""Philox against its authors' known answers; the normal numbers' distribution."""

import pytest
import torch
from scipy import stats

from mpo_repro.training import philox

# kat_vectors of Random123, philox4x32 with 10 rounds.
KNOWN = [
    ("0 0 0 0", "0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def words(text):
    return [torch.tensor([int(word, 16)]) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "known"), KNOWN)
def test_known_answers(counter, key, known):
    found = philox.philox(words(counter), words(key))
    assert [f"{int(word):08x}" for word in found] == known.split()


def test_numbers_are_standard_normal_and_uncorrelated():
    drawn = philox.normal(torch.tensor([3, 4]), 1, 17, (50_000, 3))
    assert drawn.dtype == torch.float32
    assert torch.isfinite(drawn).all()
    for run in drawn:
        assert stats.kstest(run.flatten().numpy(), "norm").pvalue > 1e-3
    rows = drawn.movedim(-1, 1).flatten(0, 1)
    off_diagonal = torch.corrcoef(rows) - torch.eye(6)
    assert off_diagonal.abs().max() < 0.02


def test_each_of_seed_stream_and_counter_matters_and_nothing_else():
    def draw(seeds, stream=1, counter=5, shape=(7,)):
        return philox.normal(torch.tensor(seeds), stream, counter, shape)

    first = draw([9, 2**40])
    assert torch.equal(draw([2**40, 9]).flip(0), first)
    assert torch.equal(draw([9], shape=(7, 1))[0, :, 0], first[0])
    others = [draw([10]), draw([2**40 + 9]), draw([9], 2), draw([9], counter=6)]
    others += [draw([9], counter=5 + 2**32)]
    assert not any(torch.isclose(other[0], first[0]).any() for other in others)
