"""Dispersion, drops and failures, by hand and by scipy's exact tests."""

import numpy as np
import pytest
from scipy import stats

from mpo_repro.analysis.statistics import stability

NAN = np.nan


def test_dispersion_by_hand():
    found = stability.dispersion([1, 3, NAN, 5, 7])
    assert found["runs"] == 4
    assert found["sd"] == pytest.approx(np.sqrt(20 / 3))
    assert (found["interquartile_range"], found["range"]) == (3, 6)
    assert found["lowest"] == 1


def test_one_run_has_no_dispersion():
    found = stability.dispersion([4, NAN])
    assert (found["runs"], found["lowest"]) == (1, 4)
    assert np.isnan([found["sd"], found["range"]]).all()
    assert np.isnan(stability.dispersion([NAN])["lowest"])


def test_worst_drop_is_from_the_best_so_far():
    scores = [[1, 5, 2, 9, 4], [1, 2, 3, 4, 5], [NAN, 7, NAN, 1, 3], [NAN] * 5]
    np.testing.assert_array_equal(stability.worst_drop(scores), [5, 0, 6, NAN])


def test_failed_runs_are_marked_and_missing_ones_are_not_judged():
    found = stability.failed([5, 10, NAN], 10)
    np.testing.assert_array_equal(found, [1, 0, NAN])


def test_ten_runs_without_failure_exclude_26_percent():
    found = stability.rarely_fails(np.zeros(10), margin=0.26)
    assert found.p_claim == pytest.approx(0.74**10)
    assert found.p_claim < 0.05
    assert stability.rarely_fails(np.zeros(10), margin=0.25).p_claim > 0.05
    assert (found.effect, found.low) == (0, 0)
    assert found.high == pytest.approx(1 - 0.05 ** (1 / 10))
    assert (found.power, found.runs) == (1, (10,))


def test_share_of_failures_is_scipys_binomial_test():
    failures = [1, 0, 0, NAN, 1, 0]
    found = stability.rarely_fails(failures, margin=0.3)
    exact = stats.binomtest(2, 5, 0.3, alternative="less")
    assert found.p_claim == pytest.approx(exact.pvalue)
    more = stats.binomtest(2, 5, 0.3, alternative="greater")
    assert found.p_contrary == pytest.approx(more.pvalue)
    interval = stats.binomtest(2, 5).proportion_ci(0.9, "exact")
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert (found.runs, found.missing) == ((5,), (1,))


@pytest.mark.parametrize("margin", [0, 1, -1, NAN])
def test_a_share_is_between_0_and_1(margin):
    with pytest.raises(ValueError, match="share"):
        stability.rarely_fails([0, 1], margin=margin)


def test_without_runs_there_is_no_evidence():
    assert np.isnan(stability.rarely_fails([NAN], margin=0.5).p_claim)
