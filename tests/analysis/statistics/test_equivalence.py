"""TOST against statsmodels; non-inferiority against scipy's shifted test."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind

from mpo_repro.analysis.statistics.equivalence import equivalence, non_inferiority

A = np.array([500.0, 520, 480, 510, 530])
B = np.array([505.0, 495, 470, 520, 490])


@pytest.mark.parametrize("margin", [5, 20, 50, 200])
def test_equivalence_is_statsmodels_tost(margin):
    found = equivalence(A, B, margin=margin)
    p, _, _ = ttost_ind(A, B, -margin, margin, usevar="unequal")
    assert found.p_claim == pytest.approx(p)


@pytest.mark.parametrize("margin", [5, 50])
def test_non_inferiority_is_a_one_sided_test_of_shifted_scores(margin):
    found = non_inferiority(A, B, margin=margin)
    expected = stats.ttest_ind(A + margin, B, equal_var=False, alternative="greater")
    assert found.p_claim == pytest.approx(expected.pvalue)
    assert found.p_contrary == pytest.approx(1 - expected.pvalue)


@pytest.mark.parametrize("margin", [8, 15, 25, 30, 34, 40, 60])
@pytest.mark.parametrize("test", [equivalence, non_inferiority])
def test_the_claim_is_shown_exactly_if_the_interval_is_inside(test, margin):
    found = test(A, B, margin=margin)
    inside = found.low > -margin and (test is non_inferiority or found.high < margin)
    assert (found.p_claim <= found.alpha) == inside
    assert found.confidence == pytest.approx(0.9)


def test_a_large_difference_is_the_contrary_on_either_side():
    for shift in (-500, 500):
        found = equivalence(A + shift, B, margin=50)
        assert found.p_contrary < 0.001
        assert found.p_claim > 0.99


def test_better_than_the_other_is_not_the_contrary_of_not_worse():
    assert non_inferiority(A + 500, B, margin=50).p_contrary > 0.99


def test_power_if_there_is_no_difference():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (2, 8))
    found = equivalence(a, b, margin=1.5)
    spread = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    x, y = rng.normal(0, spread, (2, 10_000, 8))
    settings = {"axis": 1, "equal_var": False}
    above = stats.ttest_ind(x + 1.5, y, alternative="greater", **settings).pvalue
    below = stats.ttest_ind(x - 1.5, y, alternative="less", **settings).pvalue
    shown = np.maximum(above, below) <= 0.05
    assert found.power == pytest.approx(shown.mean(), abs=0.02)


@pytest.mark.parametrize("margin", [0, -1, np.nan])
def test_a_margin_is_needed(margin):
    for test in (equivalence, non_inferiority):
        with pytest.raises(ValueError, match="margin greater than 0"):
            test(A, B, margin=margin)


def test_without_enough_runs_there_are_no_p_values():
    found = equivalence([1.0, np.nan], B, margin=1)
    assert np.isnan([found.effect, found.p_claim, found.p_contrary]).all()
    assert (found.runs, found.missing) == ((1, 5), (1, 0))
