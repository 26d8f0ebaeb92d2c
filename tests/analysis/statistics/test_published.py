"""Agreement with published runs."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.permuted import permutation
from mpo_repro.analysis.statistics.published import (
    agreement,
    beside,
    not_below_published,
    prediction_interval,
    small_telescope,
)
from mpo_repro.analysis.statistics.verdicts import outcome_of

PUBLISHED = np.array([480.0, 510, 495, 530, 505, 470, 520, 500, 515, 490])


def test_prediction_interval_by_hand():
    low, high = prediction_interval([1, 2, 3], 2, 0.9)
    half = stats.t.ppf(0.95, 2) * np.sqrt(1 / 3 + 1 / 2)
    assert (low, high) == pytest.approx((2 - half, 2 + half))


def test_prediction_interval_covers_the_mean_of_new_runs():
    rng = np.random.default_rng(0)
    old, new = rng.normal(size=(2_000, 10)), rng.normal(size=(2_000, 5))
    ends = np.array([prediction_interval(runs, 5, 0.9) for runs in old])
    means = new.mean(axis=1)
    inside = (ends[:, 0] <= means) & (means <= ends[:, 1])
    assert inside.mean() == pytest.approx(0.9, abs=0.02)


def test_too_few_runs():
    assert np.isnan(prediction_interval([1, np.nan], 3)).all()
    with pytest.raises(ValueError, match="less than 1"):
        prediction_interval(PUBLISHED, 0)
    with pytest.raises(ValueError, match="less than 2"):
        small_telescope(1)


def test_runs_like_the_published_ones_agree():
    found = agreement(PUBLISHED[:5] + 1, PUBLISHED, margin=50)
    assert found.test == "agreement"
    assert found.p_claim < 0.01
    assert found.runs == (5, 10)


def test_a_difference_within_the_margin_is_no_evidence_against_agreement():
    found = agreement(PUBLISHED[:5] + 45, PUBLISHED, margin=100)
    assert outcome_of(found) is Outcome.SUPPORTED
    assert found.low > 0
    open_ = agreement(PUBLISHED[:5] + 45, PUBLISHED, margin=50)
    assert outcome_of(open_) is Outcome.UNDECIDED


def test_runs_far_from_the_published_ones_contradict():
    found = agreement(PUBLISHED[:5] - 300, PUBLISHED, margin=50)
    assert found.p_contrary < 0.01
    assert found.p_claim > 0.9


def test_p_values_are_those_of_permutations():
    ours = PUBLISHED[[0, 3, 7]] - 20
    found = agreement(ours, PUBLISHED, margin=50)
    estimate = permutation(ours, PUBLISHED)
    assert found.p_claim == max(estimate.above(-50), estimate.below(50))
    outer = min(estimate.above(50), estimate.below(-50))
    assert found.p_contrary == min(1, 2 * outer)


def test_runs_above_the_published_ones_are_not_below_them():
    found = not_below_published(PUBLISHED[:5] + 300, PUBLISHED, margin=50)
    assert found.test == "not_below_published"
    assert outcome_of(found) is Outcome.SUPPORTED
    assert np.isnan(found.p_absent)


def test_the_margin_grows_by_a_share_of_the_published_mean():
    ours = PUBLISHED[:5] - 40
    mean = PUBLISHED.mean()
    found = not_below_published(ours, PUBLISHED, margin=20, share=0.1)
    assert found.margin == pytest.approx(20 + 0.1 * mean)
    assert found.p_claim == permutation(ours, PUBLISHED).above(-found.margin)
    narrow = not_below_published(ours, PUBLISHED, margin=20)
    assert found.p_claim < 0.05 < narrow.p_claim
    below = not_below_published(-ours, -PUBLISHED, margin=20, share=0.1)
    assert below.margin == found.margin


def test_runs_far_below_the_published_ones_contradict_that_they_are_not():
    found = not_below_published(PUBLISHED[:5] - 300, PUBLISHED, margin=50, share=0.1)
    assert outcome_of(found) is Outcome.CONTRADICTED


@pytest.mark.parametrize("runs", [3, 4])
def test_fewer_than_five_runs_decide_nothing(runs):
    found = agreement(PUBLISHED[:runs] + 1, PUBLISHED, margin=200)
    assert found.least_runs == 5
    assert outcome_of(found) is Outcome.UNDECIDED
    assert beside(PUBLISHED[:runs] + 1_000, PUBLISHED).found == "open"


def test_five_runs_decide():
    found = agreement(PUBLISHED[:5] + 1, PUBLISHED, margin=200)
    assert outcome_of(found) is Outcome.SUPPORTED


def test_small_telescope_is_the_effect_with_a_third_of_power():
    found = small_telescope(10)
    assert TTestIndPower().power(found, 10, 0.05) == pytest.approx(1 / 3)
    # Simonsohn's example: 20 a cell could hardly see d = 0.5.
    assert small_telescope(20) == pytest.approx(0.5, abs=0.01)
    assert small_telescope(40) < small_telescope(20)


def test_runs_beside_published_ones():
    found = beside(PUBLISHED[:5], PUBLISHED)
    low, high = prediction_interval(PUBLISHED, 5)
    assert (found.mean, found.low, found.high) == (504, low, high)
    sd = PUBLISHED.std(ddof=1)
    assert found.visible == pytest.approx(small_telescope(10) * sd)
    assert found.found == "open"
    text = found.sentence(lambda value: f"{value:.0f}")
    assert "The mean 504 lies inside the 95 % prediction interval of the publ" in text
    assert f"a difference of {found.visible:.0f} in only a third" in text
    assert "cannot be told" in text


@pytest.mark.parametrize(
    ("ours", "found", "place"),
    [
        (np.tile(PUBLISHED, 8), "smaller", "inside"),
        (PUBLISHED[:5] + 100, "larger", "outside"),
    ],
)
def test_whether_published_runs_could_have_seen_the_difference(ours, found, place):
    made = beside(ours, PUBLISHED)
    assert made.found == found
    text = made.sentence(str)
    assert f"lies {place}" in text
    assert f"shown to be {found}" in text


def test_published_runs_that_do_not_vary_could_see_any_difference():
    found = beside([1.0, 2.0, np.nan], [1.0, 1.0, 1.0])
    assert (found.visible, found.found, found.low, found.high) == (0, "open", 1, 1)
