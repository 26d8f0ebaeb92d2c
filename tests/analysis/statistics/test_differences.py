"""The permutation estimate against scipy's, and the claim of superiority."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from mpo_repro.analysis.statistics import differences
from mpo_repro.analysis.statistics.contrasts import welch
from mpo_repro.analysis.statistics.differences import permutation, superiority
from mpo_repro.analysis.statistics.estimates import Permuted, Student

SCORES = st.lists(st.integers(0, 9).map(float), min_size=2, max_size=5)


def scipys(a, b, alternative):
    found = stats.permutation_test(
        (a, b),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        vectorized=True,
        alternative=alternative,
    )
    return found.pvalue


@settings(max_examples=40, deadline=None)
@given(SCORES, SCORES, st.integers(-3, 3))
def test_p_values_are_scipys_for_every_shift(a, b, shift):
    found = permutation(a, b)
    moved = np.array(a) - shift
    assert found.above(shift) == pytest.approx(scipys(moved, b, "greater"))
    assert found.below(shift) == pytest.approx(scipys(moved, b, "less"))


def test_two_runs_an_arm_by_hand():
    # Of 6 relabellings, one is real; the others give leavers minus joiners.
    found = permutation([10, 20], [1, 2])
    np.testing.assert_allclose(found.draws, sorted([9, 8, 19, 18, 13.5]))
    assert found.above(0) == pytest.approx(1 / 6)
    assert found.effect == 13.5


def test_three_runs_an_arm_cannot_reach_five_percent_on_two_sides():
    found = superiority([7, 8, 9], [1, 2, 3], method="permutation")
    assert found.p_claim == pytest.approx(2 / 20)
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_many_runs_are_compared_by_random_relabellings():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.4, 1, 20), rng.normal(0, 1, 20)
    found = permutation(a, b)
    assert len(found.draws) + found.always == differences.RANDOM_DRAWS + 1
    assert found.above(0) == pytest.approx(welch(a, b).above(0), abs=0.02)
    np.testing.assert_array_equal(found.draws, permutation(a, b).draws)


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


def test_one_run_gives_no_estimate():
    assert np.isnan(permutation([1.0], [2.0, 3.0]).effect)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="allowed: auto, welch, permutation"):
        differences.mean_difference([1, 2], [3, 4], "anova")


def test_superiority_is_two_sided_welch():
    a, b = np.array([5.0, 7, 9, 6, 8]), np.array([4.0, 5, 3, 6, 5])
    found = superiority(a, b, margin=1)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.p_claim == pytest.approx(expected.pvalue)
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
