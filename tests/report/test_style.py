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


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1e-3, 1e3, [0.001, 0.01, 0.1, 1, 10, 100, 1000]),
        (0.1, 1, [0.1, 0.2, 0.5, 1]),
        (0.32, 0.54, [0.35, 0.4, 0.45, 0.5]),
        (0.9, 3.1, [1, 1.5, 2, 2.5, 3]),
    ],
)
def test_a_logarithmic_axis_has_a_few_plain_ticks(low, high, ticks):
    figure, (axis,) = style.panels(1)
    axis.set_ylim(low, high)
    style.log_axis(axis)
    shown = [tick for tick in axis.get_yticks() if low <= tick <= high]
    assert shown == pytest.approx(ticks)
    style.plt.close(figure)


def test_matplotlib_is_left_as_it_was():
    before = style.mpl.rcParams["svg.hashsalt"]
    with style.look():
        assert style.mpl.rcParams["svg.hashsalt"] == "mpo_repro"
    assert style.mpl.rcParams["svg.hashsalt"] == before


def test_of_many_arms_the_first_stands_out():
    few = {str(place): f"arm {place}" for place in range(style.CROWD)}
    assert style.line(few, [*few], "9", 2.0) == style.arm_style(9) | {"lw": 2.0}
    many = few | {"last": "arm 10"}
    first, third, last = (style.line(many, [*many], arm) for arm in ("0", "3", "last"))
    assert first == style.arm_style(0) | {"lw": 1.5}
    assert third == last != first
    shown = [label for label, _ in style.entries(many, [*many])]
    assert shown == ["arm 0", "each of 10 others"]
    # A panel of few of them has the lines that these have in other figures.
    assert [label for label, _ in style.entries(many, ["3", "7"])] == ["arm 3", "arm 7"]
    assert style.line(many, ["3", "7"], "7") == style.arm_style(7) | {"lw": 1.5}
