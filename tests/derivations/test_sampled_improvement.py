"""How falls of the true return are counted, and the certificate."""

import pytest
import torch

from mpo_repro.derivations import sampled_improvement as subject
from mpo_repro.derivations import tabular_mpo


def test_falls_are_counted_among_the_moves_and_relative_to_the_room():
    returns = torch.tensor([[0.0, 1.0], [4.0, 1.0], [2.0, 2.0], [6.0, 2.0]]).double()
    outcome = subject.summarise(returns, torch.tensor([10.0, 3.0]).double())
    assert outcome.falls == pytest.approx(1 / 4)
    assert outcome.worst == pytest.approx(0.2)
    assert outcome.lost == pytest.approx(0.1)
    assert outcome.gained == pytest.approx((0.6 + 0.5) / 2)


def test_a_run_that_stands_still_has_no_falls():
    outcome = subject.summarise(torch.ones(3, 2).double(), torch.full((2,), 2.0))
    assert outcome == (0, 0, 0, 0)


def test_few_samples_fall_and_the_expectation_does_not():
    few = subject.measure(tabular_mpo.Settings(2, 0.01, fitted=False))
    exact = subject.measure(tabular_mpo.Settings(None, 0.01, fitted=False))
    assert few.falls > 0.1
    assert exact.falls == 0
    assert exact.worst < 1e-12
    assert exact.gained > few.gained


def test_measuring_is_repeatable():
    settings = tabular_mpo.Settings(5, 0.1, fitted=True)
    assert subject.measure(settings) == subject.measure(settings)


@pytest.mark.slow
def test_the_certificate_passes():
    found = subject.sampled_improvement()
    assert found.passed
    assert {tuple(row["x"]) for row in found.figure["series"]} == {subject.SAMPLES}
