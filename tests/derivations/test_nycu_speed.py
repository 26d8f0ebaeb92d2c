"""The iterated E-step's speed beside MPO, with the hard bound and a soft alpha."""

import pytest
import torch

from mpo_repro.derivations import nycu_speed as subject
from mpo_repro.derivations.nycu_iteration import draw


def gained(problem, inner, alpha=None):
    return subject.by_sweep(*problem, inner, alpha).mean(-1)


def test_mpo_gains_more_per_evaluation_and_less_per_m_step():
    problem = draw(13, 20, *subject.DETERMINISTIC)
    mpo, iterated = (gained(problem, inner) for inner in (1, 5))
    assert mpo[0] == iterated[0] == 0
    assert mpo[1] == pytest.approx(iterated[1].item())
    assert mpo[10] > iterated[10] + 0.2
    assert mpo[2] < iterated[10]  # after two M-steps each
    assert (mpo.diff() >= -1e-12).all()


def test_with_a_soft_alpha_and_the_penalty_mpo_gains_more_as_well():
    problem = draw(13, 20, *subject.BROAD)
    mpo, two, five = (gained(problem, inner, 1.0) for inner in subject.INNER)
    assert mpo[1] == two[1] == five[1]
    assert mpo[10] > two[10] + 0.02 > five[10] + 0.1


def test_a_greedy_alpha_stays_finite():
    problem = draw(13, 20, *subject.DETERMINISTIC)
    for inner in subject.INNER:
        found = subject.by_sweep(*problem, inner, 0.1)
        assert torch.isfinite(found).all()
        assert (found <= 1 + 1e-9).all()


@pytest.mark.slow
def test_the_certificate_passes():
    assert subject.nycu_speed().passed
