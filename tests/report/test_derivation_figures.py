"""Figures of certificates, from their data alone."""

import pytest

from mpo_repro.report import derivation_figures as subject
from mpo_repro.report import style


def data(labels, x=(1, 2, 5), log=False):
    return {
        "title": "Title",
        "x_label": "x",
        "y_label": "y",
        "x_log": log,
        "y_log": False,
        "series": [
            {"label": label, "x": list(x), "y": [float(n + i) for i in range(len(x))]}
            for n, label in enumerate(labels)
        ],
    }


@pytest.mark.parametrize("name", [*subject.FIGURES, "another"])
def test_each_figure_shows_every_series_and_its_labels(name, tmp_path):
    given = data(["exact Q, epsilon 1", "exact Q, epsilon 2", "fitted Q, epsilon 1"])
    with style.look():
        figure = subject.draw(name, given)
        drawn = sum(
            len(line.get_xdata()) == 3 for axis in figure.axes for line in axis.lines
        )
        assert drawn == 3
        assert all(axis.get_xlabel() == "x" for axis in figure.axes)
        svg, png = style.save(figure, tmp_path / name)
    assert svg.stat().st_size > 1000 and png.stat().st_size > 1000


def test_the_sampled_figure_has_a_panel_for_each_kind_of_q():
    given = data(["exact Q, epsilon 1", "fitted Q, epsilon 1"], log=True)
    with style.look():
        figure = subject.draw("sampled-improvement", given)
        titles = [axis.get_title() for axis in figure.axes]
        limits = {axis.get_ylim() for axis in figure.axes}
        scales = {axis.get_xscale() for axis in figure.axes}
    assert titles == ["exact Q", "fitted Q"]
    assert len(limits) == 1
    assert scales == {"log"}


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="the figure of x has no series"):
        subject.draw("x", data([]))


def test_the_same_data_gives_the_same_bytes(tmp_path):
    written = []
    for folder in ("a", "b"):
        with style.look():
            figure = subject.draw("nycu-speed", data(["MPO"]))
            written.append(style.save(figure, tmp_path / folder / "f")[0].read_bytes())
    assert written[0] == written[1]
