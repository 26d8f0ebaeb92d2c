"""Several looks at one comparison: which runs enter, and one error rate for all."""

import numpy as np
import pytest
from scipy import stats

from mpo_repro.analysis.statistics import looks
from mpo_repro.analysis.statistics.published import not_below_published

PUBLISHED = np.array([0.2, 0.3, 0.25, 0.4, 0.35, 0.3, 0.2, 0.45, 0.3, 0.25])
OURS = np.array([0.4, 0.1, 0.5, 0.45, 0.2, 0.4, 0.5, 0.35, 0.45, 0.4])
MARGIN = {"margin": 0.02, "alpha": 0.05}


def made(scores):
    """Looks at five runs and at ten."""
    due = looks.due(scores, (5, 10))
    return looks.evidence(not_below_published, due, PUBLISHED, (5, 10), **MARGIN)


def without(*missing):
    """Our scores without some of them."""
    scores = OURS.copy()
    scores[list(missing)] = np.nan
    return scores


@pytest.mark.parametrize(
    ("missing", "kept"),
    [((), 10), ((9,), 5), ((5, 6, 7, 8, 9), 5), ((4,), 4), ((3, 8), 4)],
)
def test_runs_enter_a_look_at_a_time(missing, kept):
    """Of the first look, those that are there."""
    due = looks.due(without(*missing), (5, 10))
    assert np.count_nonzero(~np.isnan(due)) == kept
    assert np.isnan(due[5:]).all() or kept == 10


def test_looks_beyond_the_planned_runs_are_never_due():
    assert np.isnan(looks.due(OURS[:7], (5, 10))[5:]).all()


def together(p_value):
    """The error rate of looks at five and at ten runs, each made at a level."""
    return looks.error_rate(p_value, (5, 10), 10)


def test_the_looks_share_alpha():
    """The smaller p-value, for both looks; the interval is the last look's."""
    level = looks.level(0.05, (5, 10), 10)
    few = not_below_published(OURS[:5], PUBLISHED, margin=0.02, alpha=level)
    many = not_below_published(OURS, PUBLISHED, margin=0.02, alpha=level)
    first, second = made(without(9)), made(OURS)
    assert first.p_claim == pytest.approx(together(few.p_claim))
    assert (first.effect, first.low, first.high) == (few.effect, few.low, few.high)
    assert (first.runs, first.missing) == ((5, 10), (5, 0))
    assert many.p_claim < few.p_claim
    assert second.p_claim == pytest.approx(together(many.p_claim))
    assert (second.low, second.high) == (many.low, many.high)
    assert (second.runs, second.missing, second.alpha) == ((10, 10), (0, 0), 0.05)
    assert second.confidence == pytest.approx(0.9)
    assert second.interval(0.9) == pytest.approx((many.low, many.high))


def test_a_level_is_between_an_equal_part_of_alpha_and_alpha():
    """Pocock's table has 0.0294 for two looks, two-sided, the second with twice
    the information: one-sided half of it."""
    endless = 10**9
    assert looks.level(0.025, (5, 10), endless) == pytest.approx(0.0147, abs=2e-4)
    for planned in ((5, 10), (5, 6), (3, 6, 9), (5, 500)):
        found = looks.level(0.05, planned, 10)
        assert 0.05 / len(planned) < found < 0.05
        assert looks.error_rate(found, planned, 10) == pytest.approx(0.05)
    alike = looks.level(0.05, (999, 1000), endless)
    assert alike == pytest.approx(0.05, rel=0.05)  # hardly another look


@pytest.mark.parametrize("level", [1e-6, 0.001, 0.03, 0.3])
def test_an_error_rate_is_that_of_two_normal_looks(level):
    """By scipy's bivariate normal distribution."""
    covariance = np.sqrt((1 / 10 + 1 / 10) / (1 / 5 + 1 / 10))
    z = stats.norm.isf(level)
    cov = [[1, covariance], [covariance, 1]]
    neither = stats.multivariate_normal.cdf([z, z], cov=cov, abseps=1e-12)
    assert together(level) == pytest.approx(1 - neither, rel=1e-3, abs=1e-8)
    assert level < together(level) < 2 * level


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_certain_p_values_stay(value):
    assert together(value) == value
    assert np.isnan(together(np.nan))


def test_what_the_first_look_showed_is_not_unmade():
    better = np.concatenate([PUBLISHED[:5] + 0.5, PUBLISHED[5:] - 1.5])
    few = not_below_published(better[:5], PUBLISHED, **MARGIN)
    many = not_below_published(better, PUBLISHED, **MARGIN)
    assert few.p_claim < many.p_claim
    assert many.p_contrary < few.p_contrary
    both = made(better)
    assert both.p_claim == pytest.approx(together(few.p_claim))
    assert both.p_contrary == pytest.approx(together(many.p_contrary))


def test_both_looks_together_err_in_no_more_than_five_of_a_hundred_cases():
    """Runs that are just a margin worse; 400 cases, standard error 1 %."""
    draw = np.random.default_rng(0)
    errors = 0
    for _ in range(400):
        published, ours = draw.normal(0, 1, 10), draw.normal(-0.5, 1, 10)
        found = looks.evidence(
            not_below_published, ours, published, (5, 10), margin=0.5, alpha=0.05
        )
        errors += found.p_claim <= 0.05
    assert 0 < errors <= 0.05 * 400 + 2 * np.sqrt(400 * 0.05 * 0.95)
