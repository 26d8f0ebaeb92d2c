"""The exchanged labels: what the right ones promise can fail."""

import pytest

from mpo_repro.derivations import misread_labels as subject

RIGHT = {
    "mean": [0.08],
    "covariance": [1e-4],
    "stddev": [1.0, 0.93],
    "distance": [subject.WAY, 0.34],
}
WRONG = {"stddev": [1.0, 0.74], "distance": [subject.WAY, 3.0]}


def test_what_is_found_falls_short_of_nothing():
    assert max(subject.shortfalls(RIGHT, WRONG).values()) == 0
    assert subject.covered(RIGHT) == pytest.approx(10**0.5 - 0.34)


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"distance": [subject.WAY, subject.WAY]}, 0.5),  # a branch that never moves
        ({"stddev": [1.0, 0.74]}, 0.13),
        ({"covariance": [2e-4]}, 1.0),
        ({"mean": [0.15]}, 0.5),
    ],
)
def test_each_promise_can_be_broken(changes, size):
    found = subject.shortfalls(RIGHT | changes, WRONG)
    assert max(found.values()) == pytest.approx(size)


@pytest.mark.slow
def test_an_m_step_that_never_moves_turns_it_red(monkeypatch):
    assert subject.misread_labels().passed
    fitted = subject.fitted

    def still(old, q, printed_labels):
        return fitted(old, q, True) if printed_labels else old

    monkeypatch.setattr(subject, "fitted", still)
    assert not subject.misread_labels().passed
