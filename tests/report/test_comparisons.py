"""Comparisons of arms: which a study has, and the numbers that they show."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from jinja2 import Template
from scipy import stats
from statsmodels.stats.multitest import multipletests

from mpo_repro.report import comparisons, costs, designs, figures, heat_maps, style
from mpo_repro.report import paper_figures as paper


@pytest.fixture(scope="module")
def plans(rich):
    """The comparisons of the study that has all of them, by name."""
    return {plan.name: plan for plan in comparisons.plans(rich, published=True)}


def mean(results, arm, task):
    """The mean over seeds of an arm's final score."""
    scores = results.final_scores("sampled").query("arm == @arm and task == @task")
    return scores["score"].mean()


def test_data_decide_which_comparisons_there_are(plans, results):
    assert list(plans) == ["humanoid", "suite", "sensitivity", "costs"]
    assert comparisons.plans(results, published=True) == []
    names = [plan.name for plan in figures.plan(results)]
    assert not set(names) & set(plans)


def test_alternative_texts_say_what_is_seen(plans, rich):
    assert "PPO (full), DDPG (open)" in plans["suite"].alt
    corners = [arm for arm in rich.study["arms"] if arm.startswith("mean-")]
    found = [mean(rich, arm, "cartpole-swingup") for arm in corners]
    said = plans["sensitivity"].alt.partition(";")[0]
    best, worst = np.nanmax(found), np.nanmin(found)
    assert re.search(rf"best .* with {best:.0f}, worst .* with {worst:.0f}$", said)
    assert "pooled dual (dual: per_state → pooled)" in plans["costs"].alt
    assert "JORLDY as published" in plans["costs"].alt
    assert "compared with itself mended" in plans["costs"].caption


def test_a_change_costs_the_difference_of_means(rich):
    changes = designs.changes(rich)
    table = costs.effects(rich, changes, "sampled")
    names = [change.arm for change in changes]
    row = table[table["place"] == names.index("jorldy-as-published")].iloc[0]
    task = row["task"]
    expected = mean(rich, "jorldy-as-published", task) - mean(rich, "jorldy", task)
    assert row["effect"] == pytest.approx(expected)
    assert row["low"] < expected < row["high"]
    assert row["arm_runs"] == row["reference_runs"] == 3
    assert "mean-1-covariance-1e-3" not in {names[place] for place in table["place"]}


def test_differences_are_corrected_for_all_changes_on_a_task(rich):
    changes = designs.changes(rich)
    table = costs.effects(rich, changes, "sampled").query("task == 'cartpole-swingup'")
    scores = rich.final_scores("sampled").query("task == 'cartpole-swingup'")
    scores = scores.groupby("arm")["score"].apply(np.array)
    plain = [
        stats.ttest_ind(
            scores[changes[place].arm],
            scores[changes[place].reference],
            equal_var=False,
        ).pvalue
        for place in table["place"]
    ]
    found = multipletests(plain, method="holm")[1]
    assert len(plain) > 5
    assert table["p"].to_numpy() == pytest.approx(found)


@pytest.mark.parametrize(
    ("high", "p", "shape", "full"),
    [(-1, 0.01, "v", True), (-1, 0.06, "v", False), (1, 0.9, "o", True)],
)
def test_a_marker_is_full_where_a_difference_holds_among_all(high, p, shape, full):
    row = pd.Series({"effect": -2.0, "low": -3.0, "high": high, "p": p})
    with style.look():
        axis = style.plt.figure().add_subplot()
        costs._draw(axis, 0, row)
    marker = axis.lines[-1]
    assert marker.get_marker() == shape
    assert (marker.get_mfc() != "white") == full


def test_tasks_count_alike_for_what_is_costliest_whatever_their_returns():
    rows = [(0, "a", -500), (0, "b", 9), (1, "a", -100), (1, "b", -10), (2, "b", 1)]
    table = pd.DataFrame(rows, columns=["place", "task", "effect"])
    severity = costs.severity(table)
    assert list(severity.index) == [1, 0, 2]
    assert severity.to_numpy() == pytest.approx([-0.6, -0.05, 0.1])
    none = pd.DataFrame([(0, "a", 0.0)], columns=table.columns)
    assert list(costs.severity(none)) == [0.0]


def test_a_task_without_a_comparison_has_no_panel_and_without_any_is_no_figure(rich):
    changes, grid = designs.changes(rich), designs.grid(rich)
    other = (rich.curves["arm"] != "mpo") & (rich.curves["task"] == "humanoid-run")
    fewer = replace(rich, curves=rich.curves[~other])
    with style.look():
        figure = costs.costs(fewer, changes, "sampled")
        heat = heat_maps.heat_maps(fewer, grid, "sampled")
    assert [axis.get_title() for axis in figure.axes] == ["cartpole-swingup"]
    assert [axis.get_title() for axis in heat.axes] == ["cartpole-swingup", ""]  # a bar
    assert "humanoid-run best" not in str(comparisons.plans(fewer, False))
    alone = replace(rich, curves=rich.curves[rich.curves["arm"] == "mpo"])
    found = {plan.name for plan in comparisons.plans(alone, False)}
    assert not found & {"costs", "sensitivity"}


def test_cells_hold_means_and_one_without_runs_is_hatched(rich):
    with style.look():
        figure = heat_maps.heat_maps(rich, designs.grid(rich), "sampled")
        axis = figure.axes[0]
        cells = axis.images[0].get_array()
        texts = [text.get_text() for text in axis.texts]
    assert np.ma.count_masked(np.ma.masked_invalid(cells)) == 1
    assert len(texts) == 5
    assert len(axis.patches) == 1
    expected = mean(rich, "mean-0_01-covariance-1e-6", "cartpole-swingup")
    assert cells[0, 0] == pytest.approx(expected)
    assert texts[0].startswith(f"{expected:.0f}\n")


def test_stars_stand_at_the_end_on_the_median_score(rich):
    with style.look():
        axis = paper.suite(rich, "sampled").axes[0]
        stars = [line for line in axis.lines if line.get_marker() == "*"]
    assert [line.get_mfc() == "white" for line in stars] == [False, True]
    scores = rich.final_scores("sampled").query(
        "arm == 'ppo' and task == 'cartpole-swingup'"
    )
    assert stars[0].get_xdata()[0] == 100_000
    assert stars[0].get_ydata()[0] == pytest.approx(scores["score"].median())


def test_the_humanoid_has_a_figure_of_its_own(rich):
    assert paper.humanoid_tasks(rich) == ["humanoid-run"]
    with style.look():
        (axis,) = paper.humanoid(rich, "sampled").axes
    # Eleven arms with runs, and the published curve.
    assert len(axis.lines) == len(rich.arms) + 1


def test_snakemake_s_report_has_a_caption_for_every_figure(rich):
    caption = Path(__file__).parents[2] / "workflow" / "report" / "figures.rst"
    template = Template(caption.read_text("utf-8"))
    names = [plan.name for plan in figures.plan(rich)]
    for name in (*names, "claim-c1", "power"):
        job = SimpleNamespace(wildcards=SimpleNamespace(figure=name))
        assert len(template.render(snakemake=job).strip()) > 40, name
