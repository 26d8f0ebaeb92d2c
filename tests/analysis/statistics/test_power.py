"""Made-up returns, the bookkeeping of trials, and power against its formula."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import TTestIndPower

from mpo_repro.analysis.statistics import power
from mpo_repro.analysis.statistics.rules import RULES
from mpo_repro.analysis.statistics.shapes import SHAPES, mixture
from mpo_repro.analysis.statistics.verdicts import Outcome


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_shapes_are_standardised(shape):
    drawn = shape.draw(np.random.default_rng(0), 200_000)
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.std() == pytest.approx(1, abs=0.01)
    assert (drawn > shape.median).mean() == pytest.approx(0.5, abs=0.01)


def test_a_mixture_has_two_modes():
    drawn = mixture(0.8)(np.random.default_rng(0), 100_000)
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert drawn.std() == pytest.approx(1, abs=0.02)
    assert (drawn > -1).mean() == pytest.approx(0.8, abs=0.01)
    assert (np.abs(drawn + 0.75) < 0.5).mean() < 0.01


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_simulated_and_repeats(rule):
    one, other = (power.simulate(rule, "normal", 5, 1, trials=2) for _ in range(2))
    assert one.equals(other)
    assert set(one["outcome"]) <= {outcome.value for outcome in Outcome}


def test_power_of_superiority_is_that_of_the_formula():
    trials = power.simulate("superiority", "normal", 10, 1.5, trials=600)
    expected = TTestIndPower().power(1.5, 10, 0.05)
    found = power.positive(power.shares(trials))
    assert found == pytest.approx(expected, abs=0.05)


def test_coverage_counts_intervals_with_the_truth():
    columns = ["outcome", "effect", "low", "high"]
    rows = [("supported", 2, 1, 3), ("supported", 3, 2.1, 4), ("supported", 1, 0, 2)]
    trials = pd.DataFrame(rows, columns=columns)
    assert power.coverage(trials, "superiority", 2) == pytest.approx(2 / 3)
    assert np.isnan(power.coverage(trials, "faster", 2))
