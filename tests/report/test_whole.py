"""The section on the suite as a whole: what it shows, and where there is none."""

import json

import numpy as np
import pytest

from mpo_repro.analysis import suite_scores
from mpo_repro.analysis.collect import write_checksums
from mpo_repro.analysis.results import load
from mpo_repro.analysis.suite_scores import Suite
from mpo_repro.report import figures, page, style, whole, whole_figures

PICTURES = ["whole-aggregates", "whole-profiles", "whole-waiting"]


def test_a_study_of_two_tasks_has_three_figures_with_texts(results):
    plans = whole.plans(results)
    assert [plan.name for plan in plans] == PICTURES
    for plan in plans:
        assert "MPO, wider bound" in plan.alt
        assert "cartpole-swingup, walker-walk" in plan.alt
        assert plan.caption
        assert plan.data == ("curves.parquet",)


def test_drawing_again_gives_the_same_bytes(results, folder):
    seen = []
    for _ in range(2):
        drawn = figures.draw(results, PICTURES)
        seen.append([stem.with_suffix(".svg").read_bytes() for stem in drawn])
    assert seen[0] == seen[1]


def test_one_task_is_no_suite(folder):
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text())
    path.write_text(json.dumps(study | {"tasks": study["tasks"][:1]}))
    write_checksums(folder / "data")
    results = load(folder)
    assert whole.plans(results) == []
    assert whole.section(results, {}) is None


def test_arms_that_lack_a_task_are_named(uneven):
    caption = whole.plans(uneven)[0].caption
    assert "Without a score on each of these tasks, and not shown: TD(0)" in caption
    drawn = {name: {"name": name} for name in PICTURES}
    rows = whole.section(uneven, drawn)["rows"]
    assert [row["label"] for row in rows] == ["MPO"]


@pytest.fixture
def two():
    """Two arms of four runs and two, one of which gave no score on a task."""
    arms = {
        "reference": np.array([[100.0, 200], [300, 400], [100, 300], [300, 300]]),
        "wide": np.array([[200.0, 100], [900, np.nan]]),
    }
    return Suite(("cartpole-swingup", "walker-walk"), arms, ())


def test_the_table_has_estimates_and_intervals(results, two, monkeypatch):
    monkeypatch.setattr(suite_scores, "suite", lambda _: two)
    found = whole.section(results, {name: {"name": name} for name in PICTURES})
    assert found["headings"][0] == "Mean"
    assert found["headings"][-2:] == [
        "Chance to beat MPO",
        "SD over seeds",
    ]
    first, second = found["rows"]
    low, high = (
        suite_scores.aggregates(two)
        .set_index(["arm", "name"])
        .loc[("reference", "mean")]
    )[["low", "high"]]
    assert first["cells"][0] == f"250 ({low:.0f} to {high:.0f})"
    assert first["cells"][-2:] == ["–", "99"]
    assert second["cells"][0] == "325"  # one run on a task: no interval
    assert second["cells"][-2:] == ["0.38", "–"]  # wins 6 of 8 and 0 of 4
    assert [row["runs"] for row in found["rows"]] == [8, 3]


def test_the_figure_draws_the_aggregates(results, two):
    table = suite_scores.aggregates(two)
    mean = table[(table["arm"] == "reference") & (table["name"] == "mean")].iloc[0]
    with style.look():
        made = whole_figures.aggregates(results, two)
        titles = [axis.get_title("left") for axis in made.axes]
        assert titles[0] == "mean"
        assert titles[-1] == "chance to beat MPO"
        interval, point, lone = made.axes[0].lines
        assert list(interval.get_xdata()) == [mean["low"], mean["high"]]
        assert list(point.get_xdata()) == [mean["effect"]]
        assert list(lone.get_xdata()) == [325]


def test_a_single_arm_has_no_chance_to_beat_itself(results, two):
    alone = Suite(two.tasks, {"reference": two.arms["reference"]}, ())
    with style.look():
        made = whole_figures.aggregates(results, alone)
        assert len(made.axes) == 4


def test_profiles_have_bands_where_runs_are_enough(results, two):
    with style.look():
        (axis,) = whole_figures.profiles(results, two).axes
        assert len(axis.lines) == 2
        assert len(axis.collections) == 1


def test_waiting_curves_start_at_all_runs_and_end_at_the_budget(results):
    suite = suite_scores.suite(results)
    with style.look():
        (axis,) = whole_figures.waiting(results, suite).axes
        curves = [line for line in axis.lines if line.get_linestyle() != "None"]
        for line in curves:
            assert (line.get_xdata()[0], line.get_ydata()[0]) == (0, 1)
            assert line.get_xdata()[-1] == 100_000


def test_page_and_markdown_show_the_section(drawn):
    made = page.write(load(drawn)).read_text("utf-8")
    section = made[made.index('id="whole"') :]
    section = section[: section.index("</section>")]
    assert section.count("<figure") == 3
    assert "mpo-repro figures results/made --only whole-profiles" in section
    assert 'href="data/curves.parquet"' in section
    text = (drawn / "report.md").read_text("utf-8")
    assert "## The suite as a whole" in text
    table = text[text.index("## The suite as a whole") :]
    assert "| MPO | 5 |" in table[: table.index("## Figures")]


def test_every_aggregate_has_a_name():
    names = {*suite_scores.AGGREGATES, suite_scores.IMPROVEMENT}
    assert set(whole_figures.NAMES) == names
