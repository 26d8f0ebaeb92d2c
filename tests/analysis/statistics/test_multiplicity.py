"""Holm's adjustment by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from mpo_repro.analysis.statistics.differences import superiority
from mpo_repro.analysis.statistics.multiplicity import (
    adjust,
    holm,
    holm_p_values,
    joint_p_values,
)

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


def test_a_claim_that_needs_all_of_its_tests_is_one_member():
    # Alone in the family: no correction, however many tests.
    alone = joint_p_values([0.04, 0.01, 0.03], ["a"] * 3)
    np.testing.assert_allclose(alone, [0.04, 0.01, 0.03])
    # a is a member with 0.04; beside it are b with 0.02 and one single test, 0.01.
    found = joint_p_values([0.04, 0.02, 0.001, 0.01], ["a", "b", "a", None])
    np.testing.assert_allclose(found, [0.04, 0.04, 0.003, np.nan])


@given(P_VALUES, st.floats(0, 0.2), st.lists(st.floats(0, 1), max_size=4))
def test_all_hold_exactly_if_the_weakest_does_as_its_claims_only_test(
    p_values, alpha, others
):
    together = ["a"] * len(p_values) + [None] * len(others)
    found = joint_p_values([*p_values, *others], together)[: len(p_values)]
    weakest = holm_p_values([max(p_values), *others])[0]
    assert (found <= alpha).all() == (weakest <= alpha)


def three(*shifts):
    """Evidence of one-task tests, each with p near 0.03 at a shift of 0.95."""
    a = np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) / 1.5
    return [superiority(a + shift, a) for shift in shifts]


def test_adjusted_for_all_or_for_any():
    family = three(0.95, 0.95, 0.95)
    raw = family[0].p_claim
    assert 0.05 / 3 < raw < 0.05
    of_all = adjust(family, ["a"] * 3)
    assert [e.p_claim for e in of_all] == pytest.approx([raw] * 3)
    of_any = adjust(family, [None] * 3)
    assert [e.p_claim for e in of_any] == pytest.approx([3 * raw] * 3)


def test_if_not_all_hold_each_is_adjusted_for_the_others():
    family = three(0.95, 0.95, 0.0)
    found = [e.p_claim for e in adjust(family, ["a"] * 3)]
    assert found == pytest.approx([e.p_claim for e in holm(family)])
    beside = adjust([*three(0.95, 0.95), *three(0.0)], ["a", "a", "b"])
    # Two members: a with the p of its weaker test, twice that as the smaller of both.
    assert beside[0].p_claim == pytest.approx(2 * family[0].p_claim)
