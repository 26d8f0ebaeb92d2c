"""The choice between Welch's test and permutation, and the claim of superiority."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from mpo_repro.analysis.statistics import differences
from mpo_repro.analysis.statistics.differences import superiority
from mpo_repro.analysis.statistics.equivalence import equivalence, non_inferiority
from mpo_repro.analysis.statistics.estimates import Student
from mpo_repro.analysis.statistics.permuted import Permuted


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [((5, 5), Student), ((4, 5), Student), ((3, 4), Permuted), ((10, 5), Permuted)],
)
def test_unequal_arms_are_compared_by_permutation(sizes, kind):
    a, b = (np.arange(n, dtype=float) for n in sizes)
    assert isinstance(differences.mean_difference(a, b), kind)


def test_a_missing_run_makes_arms_unequal():
    gaps = [1, 2, np.nan, np.nan, 5]
    assert isinstance(differences.mean_difference(gaps, [1, 2, 3, 4, 5]), Permuted)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="allowed: auto, welch, permutation"):
        differences.mean_difference([1, 2], [3, 4], "anova")


def test_superiority_is_two_sided_welch():
    a, b = np.array([5.0, 7, 9, 6, 8]), np.array([4.0, 5, 3, 6, 5])
    found = superiority(a, b, margin=1)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.p_direction == pytest.approx(expected.pvalue)
    more = stats.ttest_ind(a - 1, b, equal_var=False, alternative="greater")
    assert found.p_claim == pytest.approx(2 * more.pvalue)
    assert found.p_contrary == 1
    less = stats.ttest_ind(a - 1, b, equal_var=False, alternative="less")
    assert found.p_absent == pytest.approx(min(1, 2 * less.pvalue))
    ends = expected.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
    assert (found.runs, found.missing) == ((5, 5), (0, 0))
    assert found.effect == pytest.approx(2.4)


def test_without_a_margin_nothing_is_absent_and_power_is_unknown():
    found = superiority([1, 2, 3], [1, 2, 4])
    assert np.isnan(found.p_absent)
    assert np.isnan(found.power)


def test_power_at_the_effect_of_interest_is_statsmodels():
    a = np.array([-1.0, 1, -1, 1])  # standard deviation sqrt(4/3), also of b
    found = superiority(a, a + 3, interest=2.0)
    size = 2 / np.sqrt(4 / 3)
    expected = TTestIndPower().power(size, 4, 0.025, alternative="larger")
    assert found.power == pytest.approx(expected)


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        superiority([1, 2], [3, 4], margin=-1)


@pytest.mark.parametrize(("runs", "least"), [((3, 3), 3), ((3, 5), 5), ((10, 4), 5)])
def test_unequal_arms_are_decided_on_from_five_runs_on(runs, least):
    a, b = (np.arange(n, dtype=float) for n in runs)
    assert superiority(a, b).least_runs == least
    for test in (equivalence, non_inferiority):
        assert test(a, b, margin=1).least_runs == max(4, least)
