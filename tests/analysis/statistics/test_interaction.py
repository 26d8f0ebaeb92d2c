"""Difference of differences, by hand and through Welch's test."""

import numpy as np
import pytest
from scipy import stats

from mpo_repro.analysis.statistics.interaction import interaction

RNG = np.random.default_rng(0)
QUIET = [RNG.normal(0, 1, 5) for _ in range(4)]


def test_by_hand():
    # (6 - 2) - (3 - 1); variances 2, 2, 8, 0 over two runs each.
    found = interaction(([5, 7], [1, 3]), ([1, 5], [1, 1]), margin=3)
    assert found.effect == 2
    # Error sqrt(1 + 1 + 4); degrees of freedom 6^2 / (1 + 1 + 4^2).
    half = stats.t.ppf(0.975, 2) * np.sqrt(6)
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))
    assert np.isnan(found.p_contrary)
    assert (found.runs, found.missing) == ((2, 2, 2, 2), (0, 0, 0, 0))


def test_a_setting_without_spread_or_effect_leaves_welchs_test():
    a, b = QUIET[:2]
    found = interaction((a, b), ([1.0] * 5, [1.0] * 5))
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.p_claim == pytest.approx(expected.pvalue)


def test_either_sign_is_an_interaction():
    a, b, c, d = QUIET
    for shift in (-20, 20):
        assert interaction((a + shift, b), (c, d)).p_claim < 1e-4


def test_the_same_effect_in_both_settings_is_absence():
    a, b, c, d = QUIET
    found = interaction((a + 50, b), (c + 50, d), margin=5)
    assert found.p_claim > 0.05
    assert found.p_absent < 0.05
    assert np.isnan(interaction((a, b), (c, d)).p_absent)


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        interaction(QUIET[:2], QUIET[2:], margin=-1)
