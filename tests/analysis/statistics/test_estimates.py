"""Each kind of estimate: p-values by hand, and intervals as what they allow."""

import numpy as np
import pytest
from scipy import stats

from mpo_repro.analysis.statistics.estimates import (
    Resampled,
    Student,
    tail_level,
)


def test_student_is_a_t_distribution_around_the_effect():
    found = Student(3.0, 2.0, 7.0)
    assert found.above(1) == pytest.approx(stats.t.sf(1.0, 7))
    assert found.below(1) == pytest.approx(stats.t.cdf(1.0, 7))
    expected = stats.t.interval(0.9, 7, loc=3, scale=2)
    assert found.interval(0.9) == pytest.approx(expected)


def test_equal_runs_show_a_distance_and_not_a_point():
    found = Student(3.0, 0.0, 8.0)
    assert (found.above(2), found.above(3), found.above(4)) == (0, 1, 1)
    assert (found.below(2), found.below(3), found.below(4)) == (1, 1, 0)
    assert found.interval(0.95) == (3, 3)


def test_student_without_runs_is_nan():
    found = Student(np.nan, np.nan, np.nan)
    assert np.isnan([found.above(0), found.below(0), *found.interval(0.95)]).all()


def test_tail_level_is_hesterbergs():
    expected = stats.norm.cdf(-np.sqrt(5 / 4) * stats.t.ppf(0.975, 4))
    assert tail_level(0.95, 5, 4) == pytest.approx(expected)
    assert tail_level(0.95, 10**6, 10**6) == pytest.approx(0.025, rel=1e-3)


def test_resampled_interval_takes_these_quantiles_and_widens_the_error():
    draws = np.linspace(0, 1, 1001)
    found = Resampled(0.5, draws, runs=5, df=8)
    level = tail_level(0.9, 5, 8)
    assert found.interval(0.9) == pytest.approx((level, 1 - level), abs=2e-3)
    assert found.se == pytest.approx(draws.std() * np.sqrt(5 / 4))


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9])
def test_resampled_p_value_at_an_end_of_the_interval_is_its_level(confidence):
    found = Resampled(0.5, np.linspace(0, 1, 100_001), runs=5, df=8)
    low, high = found.interval(confidence)
    expected = pytest.approx((1 - confidence) / 2, rel=0.01)
    assert found.above(low) == expected
    assert found.below(high) == expected


def test_resampled_refuses_levels_beyond_its_draws():
    few = Resampled(0.5, np.linspace(0, 1, 99), runs=3, df=2)
    assert few.interval(0.95) == (-np.inf, np.inf)
    assert few.above(-1) > 0.025
