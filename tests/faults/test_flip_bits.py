"""A flipped bit of a finished run is named, or nothing that is read changes."""

import random

import flip_bits
import pytest

from mpo_repro.analysis.collect import collect


@pytest.mark.slow
def test_no_flipped_bit_passes_for_other_rows(tmp_path, record_property):
    counts = flip_bits.attack_run(tmp_path, 120, random.Random(7))
    record_property("table", "\n".join(flip_bits.table(counts)))
    kinds = {kind for _, kind in counts}
    assert kinds == {flip_bits.NAMED, flip_bits.HARMLESS}


@pytest.mark.slow
def test_no_flipped_bit_of_a_study_s_data_passes(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = make.write_study(tmp_path)
    for run in study.runs():
        make.write_run(tmp_path, run)
    collect(study, tmp_path / "out", tmp_path)
    counts = flip_bits.attack_data(tmp_path / "out", 120, random.Random(7))
    # Of checksums one bit alone is harmless: the case of a digit.
    assert {kind for _, kind in counts} <= {flip_bits.NAMED, flip_bits.HARMLESS}
