"""Arms are told apart, and numbers of steps are written briefly."""

import pytest

from mpo_repro.report import style


def test_35_arms_have_35_looks():
    looks = {tuple(style.arm_style(index).values()) for index in range(35)}
    assert len(looks) == 35


def test_neighbouring_arms_differ_in_colour_and_in_line():
    for index in range(34):
        one, two = style.arm_style(index), style.arm_style(index + 1)
        assert one["color"] != two["color"]
        assert one["linestyle"] != two["linestyle"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (50_000, "50K"), (1_500_000, "1.5M"), (999, "999")]
)
def test_steps_are_written_briefly(value, text):
    assert style.short(value) == text


def test_matplotlib_is_left_as_it_was():
    before = style.mpl.rcParams["svg.hashsalt"]
    with style.look():
        assert style.mpl.rcParams["svg.hashsalt"] == "mpo_repro"
    assert style.mpl.rcParams["svg.hashsalt"] == before
