"""Kaplan-Meier and restricted means by hand, by Student, and by the textbook."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mpo_repro.analysis.statistics.estimates import Student
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.survival import (
    TimeRatio,
    faster,
    kaplan_meier,
    restricted_mean,
)
from mpo_repro.analysis.statistics.verdicts import decide, outcome_of

YES, NO, NAN = True, False, np.nan
# Times of remission with 6-MP, as in Freireich et al. (1963).
REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25]
REMISSION += [32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_curve_by_hand():
    found = kaplan_meier([10, 20, 20, 30, NAN], [YES, YES, NO, YES, NO])
    assert found["time"].tolist() == [10, 20, 30]
    assert found["at_risk"].tolist() == [4, 3, 1]
    assert found["share"].tolist() == pytest.approx([3 / 4, 1 / 2, 0])


def test_curve_of_the_textbook_example():
    found = kaplan_meier(REMISSION, np.array(RELAPSED, bool))
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert found["share"].tolist() == pytest.approx(expected, abs=5e-4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=12))
def test_curve_is_scipys(runs):
    times, reached = np.array(runs).T
    found = kaplan_meier(times, reached.astype(bool))
    data = stats.CensoredData.right_censored(times.astype(float), reached == 0)
    expected = stats.ecdf(data).sf.evaluate(found["time"])
    np.testing.assert_allclose(found["share"], expected, atol=1e-12)


def test_nobody_reaching_the_threshold_gives_an_empty_curve_and_the_horizon():
    assert kaplan_meier([5, 5], [NO, NO]).empty
    found = restricted_mean([5, 5], [NO, NO], 5)
    assert (found.effect, found.se) == (5, 0)


def test_restricted_mean_by_hand():
    # Share 1 to 10, then 2/3 to 20 (one run ended at 15), then 1/3... to 30.
    times, reached = [10, 15, 20], [YES, NO, YES]
    found = restricted_mean([*times, 40], [*reached, NO], 30)
    shares = [1, 3 / 4, 3 / 8]
    assert found.effect == pytest.approx(10 * sum(shares))
    greenwood = (10 * 3 / 4 + 10 * 3 / 8) ** 2 / (4 * 3) + (10 * 3 / 8) ** 2 / (2 * 1)
    assert found.se == pytest.approx(np.sqrt(greenwood * 4 / 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30).map(float), min_size=2, max_size=12))
def test_without_early_ends_it_is_students_mean_of_the_cut_times(times):
    horizon = 20.0
    cut = np.minimum(times, horizon)
    found = restricted_mean(times, [True] * len(times), horizon)
    assert found.effect == pytest.approx(cut.mean())
    assert found.se == pytest.approx(stats.sem(cut), abs=1e-9)
    assert found.df == len(times) - 1
    late = np.array(times) > horizon
    assert restricted_mean(cut, ~late, horizon).effect == pytest.approx(cut.mean())


def test_a_run_that_ends_early_is_not_dropped():
    alone = restricted_mean([10, 40], [YES, NO], 40).effect
    with_early_end = restricted_mean([10, 5, 40], [YES, NO, NO], 40).effect
    assert alone == with_early_end == 25
    late_end = restricted_mean([10, 30, 40], [YES, NO, NO], 40).effect
    assert late_end == pytest.approx(30)


def test_a_horizon_that_nobody_saw_is_refused():
    with pytest.raises(ValueError, match="horizon of 50"):
        restricted_mean([10, 40], [YES, NO], 50)
    assert restricted_mean([10, 40], [YES, YES], 50).effect == 25


def test_times_without_marks_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        kaplan_meier([1, 2], [YES])


def test_two_arms_that_arrive_are_scipys_welch_test():
    a, b = [10.0, 20, 30, 25], [40.0, 60, 80, 50]
    found = faster((a, [YES] * 4), (b, [YES] * 4), horizon=100)
    assert found.p_claim == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)
    assert found.effect == pytest.approx(57.5 / 21.25)


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95])
def test_ends_of_the_ratios_interval_are_refused_at_its_level(confidence):
    found = TimeRatio(Student(20.0, 4.0, 4.0), Student(60.0, 10.0, 4.0))
    low, high = found.interval(confidence)
    level = (1 - confidence) / 2
    assert (found.above(low), found.below(high)) == pytest.approx((level, level))
    # At ratio 2: 60 - 40 with error sqrt(8^2 + 10^2).
    df = 164**2 / (64**2 / 4 + 100**2 / 4)
    assert found.above(2) == pytest.approx(stats.t.sf(20 / np.sqrt(164), df))


def test_a_ratio_of_uncertain_means_is_open():
    found = TimeRatio(Student(20.0, 15.0, 2.0), Student(60.0, 40.0, 2.0))
    assert found.interval(0.95) == (0, np.inf)


def means(*arms):
    return [restricted_mean(*arm, 100) for arm in arms]


def test_faster_speaks_of_ratios():
    a = ([10.0, 11, 12, 10, 11], [YES] * 5)
    b = ([30.0, 33, 36, 100, 100], [YES, YES, YES, NO, NO])
    found = faster(a, b, horizon=100, margin=2)
    assert found.effect == pytest.approx((99 + 200) / 54)
    assert 1 < found.low < found.effect < found.high
    assert (found.margin, found.test) == (2, "faster")
    assert found.p_direction < 0.05 < found.p_claim
    assert found.p_claim == pytest.approx(2 * TimeRatio(*means(a, b)).above(2))
    powers = [faster(a, b, horizon=100, interest=x).power for x in (4, 8)]
    assert 0 < powers[0] < powers[1] < 1
    assert faster(b, a, horizon=100).p_contrary == pytest.approx(found.p_direction)


def test_a_reference_that_never_arrives_shows_no_ratio_to_be_small():
    # a takes most of the horizon: no ratio of 2 could be seen, whatever b needs.
    a = ([80.0, 84, 88, 82, 86], [YES] * 5)
    late = [94.0, 97, 100, 96, 98]
    arrived = faster(a, (late, [YES] * 5), horizon=100, margin=2)
    assert outcome_of(arrived) is Outcome.DIRECTION
    assert arrived.p_absent < 0.05
    missing = faster(a, ([*late[:4], NAN], [YES] * 4 + [NO]), horizon=100, margin=2)
    assert missing.p_absent < 0.05
    censored = faster(a, ([*late[:4], 100.0], [YES] * 4 + [NO]), horizon=100, margin=2)
    assert censored.p_absent == 1
    assert np.isnan(faster(a, (late, [NO] * 5), horizon=90).p_absent)
    beyond = faster(a, ([*late[:4], 130.0], [YES] * 5), horizon=100, margin=2)
    assert beyond.p_absent == 1
    assert outcome_of(beyond) is Outcome.DIRECTION


def test_missing_runs_are_counted_and_runs_that_never_arrive_are_none():
    a = ([10.0, 11, NAN], [YES, YES, NO])
    b = ([30.0, 100, 100], [YES, NO, NO])
    found = faster(a, b, horizon=100)
    assert (found.runs, found.missing) == ((2, 3), (1, 0))


def test_arms_that_never_arrive_do_not_differ():
    never = ([50.0] * 5, [NO] * 5)
    found = faster(never, never, horizon=50)
    assert (found.effect, found.p_claim, found.p_contrary) == (1, 1, 1)


def test_a_ratio_that_counts_is_one_or_more():
    with pytest.raises(ValueError, match="at least 1"):
        faster(([1.0, 2], [YES] * 2), ([1.0, 2], [YES] * 2), horizon=5, margin=0.5)


def test_a_lower_bound_below_the_margin_is_not_said_to_reach_it():
    never = faster(
        ([40.0, 45, 50, 55, 60], [YES] * 5),
        ([80.0] * 5, [NO] * 5),
        horizon=80,
        margin=2,
    )
    verdict = decide(never)
    assert verdict.outcome is Outcome.DIRECTION
    assert never.high < 2
    assert verdict.sentence.startswith("Fewer steps are needed, and that the ratio")
