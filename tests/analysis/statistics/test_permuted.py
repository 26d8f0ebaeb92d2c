"""The studentised permutation by hand, against scipy's, and its interval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mpo_repro.analysis.statistics import permuted
from mpo_repro.analysis.statistics.contrasts import welch
from mpo_repro.analysis.statistics.permuted import permutation

SCORES = st.lists(st.integers(0, 9).map(float), min_size=2, max_size=5)
QUICK = settings(max_examples=40, deadline=None)


def t_of(x, y, axis):
    """Welch's t, far off where nothing scatters; rounded so that ties are ties."""
    with np.errstate(all="ignore"):
        error = x.var(axis=axis, ddof=1) / x.shape[axis]
        error = error + y.var(axis=axis, ddof=1) / y.shape[axis]
        t = (x.mean(axis=axis) - y.mean(axis=axis)) / np.sqrt(error)
    return np.nan_to_num(np.round(t, 7), posinf=1e9, neginf=-1e9)


def scipys(a, b, alternative):
    found = stats.permutation_test(
        (a, b), t_of, vectorized=True, alternative=alternative
    )
    return found.pvalue


def test_two_runs_against_three_by_hand():
    # Of 10 relabellings no other has so high a t; Student's t with one degree of
    # freedom: (15 - 2) / sqrt(50 / 2 + 1 / 3) has a tail above 1 / 10.
    found = permutation([10, 20], [1, 2, 3])
    assert found.effect == 13
    assert found.se == pytest.approx(np.sqrt(50 / 2 + 1 / 3))
    assert found.df == 1
    assert found._shares(np.zeros(1), 1) == pytest.approx(1 / 10)
    assert found.above(0) == pytest.approx(stats.t.sf(13 / found.se, 1))
    assert found.below(0) == 1


def test_where_student_is_surer_relabelling_decides():
    found = permutation([10, 10.01], [1, 2.0, 2])
    assert stats.t.sf(found.effect / found.se, 1) < 1 / 10
    assert found.above(0) == pytest.approx(1 / 10)


@QUICK
@given(SCORES, SCORES, st.integers(-3, 3))
def test_shares_are_scipys_permutations_of_t_for_every_shift(a, b, shift):
    found = permutation(a, b)
    moved = np.array(a) - shift
    at = np.array([float(shift)])
    assert found._shares(at, 1)[0] == pytest.approx(scipys(moved, b, "greater"))
    assert found._shares(at, -1)[0] == pytest.approx(scipys(moved, b, "less"))


@QUICK
@given(SCORES, SCORES, st.integers(-5, 5))
def test_neither_p_value_is_below_students_or_that_of_relabelling(a, b, x):
    found = permutation(a, b)
    at = np.array([float(x)])
    assert found.above(x) == max(found.student.above(x), found._shares(at, 1)[0])
    assert found.below(x) == max(found.student.below(x), found._shares(at, -1)[0])


@QUICK
@given(SCORES, SCORES, st.sampled_from([0.6, 0.8, 0.9]))
def test_beyond_its_interval_every_value_is_refused(a, b, confidence):
    found = permutation(a, b)
    low, high = found.interval(confidence)
    assert low <= found.effect <= high
    level = (1 - confidence) / 2
    if np.isfinite(low) and found.se:
        for far in np.geomspace(1e-4, 1e4, 30) * found.se:
            assert found.above(low - far) <= level + 1e-6
            assert found.below(high + far) <= level + 1e-6
        for end, tail in ((low, found.above), (high, found.below)):
            assert tail(end) >= level - 1e-6  # and no end is farther than needed


def test_too_few_runs_refuse_no_value():
    found = permutation([7, 8, 9], [1, 2, 3])  # 20 relabellings
    assert found.interval(0.95) == (-np.inf, np.inf)
    assert np.isfinite(found.interval(0.9)).all()


def test_arms_without_spread():
    found = permutation([5.0] * 3, [1.0] * 5)
    assert (found.above(3), found.above(4)) == (pytest.approx(1 / 56), 1)
    assert found.interval(0.9) == (4, 4)


def test_many_runs_are_compared_by_random_relabellings():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.4, 1, 20), rng.normal(0, 1, 40)
    found = permutation(a, b)
    assert len(permuted._relabellings(20, 40)) == permuted.RANDOM_DRAWS + 1
    assert found.above(0) == pytest.approx(welch(a, b).above(0), abs=0.02)
    assert found.interval(0.9) == permutation(a, b).interval(0.9)


def test_scale_and_place_do_not_matter():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=5), rng.normal(1, 2, size=8)
    found, moved = permutation(a, b), permutation(1e6 + 3 * a, 1e6 + 3 * b)
    assert moved.above(0) == pytest.approx(found.above(0), abs=1e-6)
    expected = 3 * np.array(found.interval(0.95))
    assert moved.interval(0.95) == pytest.approx(expected, rel=1e-5)


def test_one_run_gives_no_estimate():
    assert np.isnan(permutation([1.0], [2.0, 3.0]).effect)
