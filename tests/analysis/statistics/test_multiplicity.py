"""Holm's adjustment by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from mpo_repro.analysis.statistics.differences import superiority
from mpo_repro.analysis.statistics.multiplicity import holm, holm_p_values

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_by_hand():
    # In order: 4 * 0.01, 3 * 0.02, 2 * 0.03 (not below its predecessor), 1 * 0.5.
    found = holm_p_values([0.02, 0.5, 0.01, 0.03])
    np.testing.assert_allclose(found, [0.06, 0.5, 0.04, 0.06])


def test_equal_p_values_and_more_than_one():
    np.testing.assert_allclose(holm_p_values([0.2, 0.2, 0.9]), [0.6, 0.6, 0.9])
    np.testing.assert_allclose(holm_p_values([0.6, 0.7]), [1, 1])


def test_tests_that_could_not_be_made_are_no_members():
    np.testing.assert_allclose(
        holm_p_values([0.02, np.nan, 0.03]), [0.04, np.nan, 0.04]
    )
    assert np.isnan(holm_p_values([np.nan])).all()
    assert len(holm_p_values([])) == 0


@settings(max_examples=12, deadline=None)  # statsmodels collects garbage each time
@given(P_VALUES)
def test_it_is_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(holm_p_values(p_values), expected, rtol=1e-12)


@given(P_VALUES)
def test_between_the_p_value_and_bonferronis(p_values):
    found = holm_p_values(p_values)
    p = np.array(p_values)
    assert (found >= p - 1e-12).all()
    assert (found <= np.minimum(1, p * len(p)) + 1e-12).all()
    assert found.min() == pytest.approx(min(1, p.min() * len(p)))
    assert (np.diff(found[np.argsort(p)]) >= -1e-12).all()


def test_evidence_keeps_all_but_its_p_values():
    rng = np.random.default_rng(0)
    arms = rng.normal(0, 1, (3, 2, 5))
    family = [superiority(a + 1, b, margin=1) for a, b in arms]
    found = holm(family)
    for name in ("p_claim", "p_contrary", "p_absent"):
        expected = holm_p_values([getattr(e, name) for e in family])
        assert [getattr(e, name) for e in found] == pytest.approx(list(expected))
    assert [e.low for e in found] == [e.low for e in family]
    assert [e.effect for e in found] == [e.effect for e in family]
