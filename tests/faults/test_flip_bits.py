"""A flipped bit of a finished run is named, or nothing that is read changes."""

import random

import flip_bits
import pytest


@pytest.mark.slow
def test_no_flipped_bit_passes_for_other_rows(tmp_path, record_property):
    counts = flip_bits.attack(tmp_path, 120, random.Random(7))
    record_property("table", "\n".join(flip_bits.table(counts)))
    kinds = {kind for _, kind in counts}
    assert kinds == {flip_bits.NAMED, flip_bits.HARMLESS}
