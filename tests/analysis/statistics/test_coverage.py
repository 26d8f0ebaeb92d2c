"""Intervals of bounded scores: inside the range, and as often right as is said."""

import numpy as np
import pytest

from mpo_repro.analysis.statistics import coverage
from mpo_repro.config.files import CHECKOUT


@pytest.mark.parametrize("method", coverage.METHODS)
def test_intervals_lie_in_the_range(method):
    rng = np.random.default_rng(0)
    for draw, _ in coverage.SCORES.values():
        for runs in coverage.RUNS:
            low, high = coverage.METHODS[method](draw(rng, runs))
            assert 0 <= low <= high <= 1


def test_scores_have_the_means_that_are_held_against_them():
    rng = np.random.default_rng(0)
    for draw, mean in coverage.SCORES.values():
        assert draw(rng, 40_000).mean() == pytest.approx(mean, abs=0.01)


@pytest.mark.slow
def test_the_documentation_shows_what_is_simulated():
    text = (CHECKOUT / "docs" / "statistics.md").read_text("utf-8")
    assert coverage.markdown(coverage.simulate()) in text
