"""Values that no run can have are refused, and those that it can have are not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.runs import plausible


def curve(steps, kind="sampled", value=1.0):
    count = len(steps)
    columns = {"environment_steps": steps, "learner_updates": steps, "kind": kind}
    columns |= {"episode": range(count), "episode_return": np.full(count, value)}
    return pd.DataFrame(columns)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_steps_that_rise_are_accepted_and_those_that_fall_refused(steps):
    table = curve(steps)
    if steps == sorted(steps):
        plausible.check_steps("curve", table)
    else:
        with pytest.raises(ValueError, match=r"curve\.parquet has steps that fall"):
            plausible.check_steps("curve", table)


def test_each_kind_has_its_own_steps():
    table = pd.concat([curve([10, 20]), curve([5, 15], "mean")])
    plausible.check_steps("curve", table)


@pytest.mark.parametrize("column", plausible.COUNTERS)
def test_a_negative_counter_is_refused(column):
    table = curve([1, 2]).assign(**{column: [-1, 2]})
    with pytest.raises(ValueError, match="negative"):
        plausible.check_steps("curve", table)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_returns_of_the_suite_lie_between_0_and_1000(value):
    table = curve([1], value=value)
    plausible.check_returns(table, "Walker2d-v5")
    if -0.01 <= value <= 1000.01:
        plausible.check_returns(table, "walker-walk")
    elif not -0.1 <= value <= 1000.1:
        with pytest.raises(ValueError, match="outside 0 to 1000 of walker-walk"):
            plausible.check_returns(table, "walker-walk")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_return_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="not finite"):
        plausible.check_returns(curve([1], value=value), "Walker2d-v5")


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="unknown kinds lucky"):
        plausible.check_returns(curve([1], "lucky"), "walker-walk")
