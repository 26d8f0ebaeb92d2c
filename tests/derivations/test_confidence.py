"""Lower ends of intervals: known values, and how often they are below the truth."""

import pytest
import torch
from scipy import stats

from mpo_repro.derivations import confidence


def test_shares_by_hand():
    assert confidence.share(0, 60) == 0
    # With 60 of 60 the lower end p has p^60 = 0.05.
    assert confidence.share(60, 60) == pytest.approx(0.05 ** (1 / 60))
    assert confidence.share(3, 200) == pytest.approx(0.0041, abs=1e-4)


def test_a_share_s_lower_end_is_above_the_truth_in_at_most_one_draw_of_twenty():
    truth, count = 0.1, 40
    hits = range(count + 1)
    wrong = sum(
        stats.binom.pmf(hit, count, truth)
        for hit in hits
        if confidence.share(hit, count) > truth
    )
    assert wrong <= 0.05


def test_means_are_those_of_a_t_test():
    values = torch.randn(30, generator=torch.Generator().manual_seed(0)) + 0.3
    found = stats.ttest_1samp(values.numpy(), 0, alternative="greater")
    low = found.confidence_interval(0.95).low
    assert confidence.mean(values) == pytest.approx(float(low), rel=1e-5)
