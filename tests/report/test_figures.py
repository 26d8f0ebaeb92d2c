"""Which figures a study has; that they are drawn, and drawn the same."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from typer.testing import CliRunner

from mpo_repro.analysis import tables
from mpo_repro.analysis.collect import write_checksums
from mpo_repro.analysis.results import load
from mpo_repro.cli.app import build
from mpo_repro.report import figures, learning_curves
from mpo_repro.report.final_scores import final_scores, panels

NAMES = [
    "curves-sampled",
    "curves-mean",
    "final-scores",
    "whole-aggregates",
    "whole-profiles",
    "whole-waiting",
    "ablation-cartpole-swingup",
    "ablation-walker-walk",
    "diagnostics-cartpole-swingup",
    "diagnostics-walker-walk",
    "time",
]


def keep(folder, name, chosen):
    """Keeps some rows of a table of the study."""
    table = tables.read(name, folder / "data")
    tables.write(chosen(table), name, folder / "data")
    write_checksums(folder / "data")


def test_every_figure_is_written_as_svg_and_png(results, folder):
    drawn = figures.draw(results)
    assert [stem.name for stem in drawn] == NAMES
    for stem in drawn:
        assert stem.with_suffix(".svg").read_text().startswith("<?xml")
        assert stem.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert figures.up_to_date(results)


def test_drawing_again_gives_the_same_bytes(results, folder):
    chosen = ["curves-sampled", "final-scores", "time"]
    bytes_of = []
    for _ in range(2):
        figures.draw(results, chosen)
        files = sorted((folder / "figures").iterdir())
        bytes_of.append({file.name: file.read_bytes() for file in files})
    assert len(bytes_of[0]) == 6
    assert bytes_of[0] == bytes_of[1]
    assert b"dc:date" not in bytes_of[0]["time.svg"]


def test_a_study_of_one_arm_has_no_comparison_of_arms(folder):
    keep(folder, "runs", lambda t: t[t["arm"] == "reference"])
    for name in ("curves", "diagnostics", "timing"):
        keep(folder, name, lambda t: t[t["arm"] == "reference"])
    names = [plan.name for plan in figures.plan(load(folder))]
    assert not [name for name in names if name.startswith("ablation")]
    assert "curves-sampled" in names


def test_one_finished_run_is_enough_to_draw(folder):
    for name in tables.STUDY:
        rows = "arm == 'wide' and seed == 2 and task == 'walker-walk'"
        keep(folder, name, lambda t, rows=rows: t.query(rows))
    assert len(figures.draw(load(folder))) == 5


def test_diagnostics_that_no_arm_has_get_no_panel(folder):
    named = "name in ['stddev', 'kl_q_relative']"
    keep(folder, "diagnostics", lambda t: t.query(named))
    plans = {plan.name: plan for plan in figures.plan(load(folder))}
    plan = plans["diagnostics-walker-walk"]
    with figures.style.look():
        axes = plan.draw().axes
    titles = ["KL of the E-step / bound", "policy's standard deviation"]
    assert [axis.get_title() for axis in axes] == titles
    assert axes[1].get_yscale() == "log"
    assert [panel["title"] for panel in plan.chart()["panels"]] == titles
    assert "panel of Q" not in plan.caption
    assert "temperature" not in plan.alt


def test_a_study_without_diagnostics_has_its_panels_empty(folder):
    keep(folder, "diagnostics", lambda t: t[t["name"] == "no_such"])
    assert figures.draw(load(folder), ["diagnostics-walker-walk"])


def test_changed_data_make_figures_out_of_date(results, folder):
    figures.draw(results)
    keep(folder, "timing", lambda t: t.assign(wall_seconds=t["wall_seconds"] * 2))
    assert not figures.up_to_date(load(folder))


def test_figures_that_the_study_no_longer_has_are_removed(results, folder):
    stale = folder / "figures" / "diagnostics-old.svg"
    stale.parent.mkdir()
    stale.write_text("old")
    figures.draw(results)
    assert not stale.exists()


def test_captions_name_published_curves_only_where_they_are_drawn(results, folder):
    assert "Grey" in figures.plan(results)[0].caption
    path = folder / "data" / "study.json"
    study = json.loads(path.read_text())
    path.write_text(json.dumps(study | {"steps": 30_000}))
    write_checksums(folder / "data")
    assert "Grey" not in figures.plan(load(folder))[0].caption


def test_published_curves_stop_at_the_budget(results):
    with figures.style.look():
        figure = figures.plan(results)[0].draw()
        ends = [line.get_xdata().max() for line in figure.axes[0].lines]
    assert max(ends) <= 100_000
    assert len(ends) == 3


def _end(axis):
    return max(line.get_xdata().max() for line in axis.lines)


def test_every_panel_ends_at_its_task_s_budget(uneven):
    with figures.style.look():
        curves = figures.plan(uneven)[0].draw()
        assert [axis.get_xlim()[1] for axis in curves.axes] == [100_000, 250_000]
        ends = [_end(axis) for axis in curves.axes]
        assert ends == [100_000, 250_000]
        assert [len(axis.lines) for axis in curves.axes] == [2, 3]


def test_an_arm_is_compared_and_explained_only_where_it_runs(uneven):
    plans = {plan.name: plan for plan in figures.plan(uneven)}
    assert "ablation-walker-walk" in plans
    assert "ablation-cartpole-swingup" not in plans
    assert "TD(0)" not in plans["diagnostics-cartpole-swingup"].alt
    assert len(figures.draw(uneven)) == len(plans)


def test_panels_of_one_task_have_one_axis_of_returns(rich):
    low = rich.curves["arm"].isin(["mpo", "pooled"])
    returns = rich.curves["episode_return"].where(~low, 1.0)
    uneven = replace(rich, curves=rich.curves.assign(episode_return=returns))
    with figures.style.look():
        drawn = learning_curves.ablation(uneven, "cartpole-swingup", "sampled")
        assert len(drawn.axes) > 2
        assert len({axis.get_ylim() for axis in drawn.axes if axis.axison}) == 1


def test_returns_unlike_the_suite_s_have_an_axis_of_their_own(folder):
    def pendulum(table):
        other = table["task"] == "walker-walk"
        lower = table["episode_return"].where(~other, table["episode_return"] - 1_600)
        return table.assign(episode_return=lower)

    keep(folder, "curves", pendulum)
    found = load(folder)
    scores = found.final_scores("sampled")
    assert panels(found, scores) == [["cartpole-swingup"], ["walker-walk"]]
    with figures.style.look():
        first, second = final_scores(found, "sampled").axes
    assert first.get_xlim() == (-20, 1020)
    values = scores.loc[scores["task"] == "walker-walk", "score"]
    low, high = second.get_xlim()
    assert low < values.min() < values.max() < high
    assert [text.get_text() for text in second.get_yticklabels()] == ["walker-walk"]


def test_tasks_of_the_suite_share_an_axis(results):
    with figures.style.look():
        (axis,) = final_scores(results, "sampled").axes
    assert len(axis.get_yticks()) == 2


def test_medians_are_what_is_drawn(results):
    with figures.style.look():
        figure = figures.plan(results)[0].draw()
        line = figure.axes[1].lines[-1]  # the first arm, above all others
    rows = results.curves.query(
        "task == 'walker-walk' and arm == 'reference' and kind == 'sampled'"
    )
    means = rows.groupby(["environment_steps", "seed"])["episode_return"].mean()
    expected = means.groupby(level=0).median()
    pd.testing.assert_series_equal(
        pd.Series(line.get_ydata(), index=line.get_xdata()),
        expected,
        check_names=False,
        check_index_type=False,
    )


def test_command_refuses_figures_that_do_not_exist(folder):
    app = build(["figures"])
    done = CliRunner().invoke(app, ["figures", str(folder), "--only", "none"])
    assert done.exit_code == 2
    assert "there are: curves-sampled" in done.stderr
    done = CliRunner().invoke(app, ["figures", str(folder), "--only", "time"])
    assert done.exit_code == 0
    files = sorted(file.name for file in (folder / "figures").iterdir())
    assert files == ["time.png", "time.svg"]


def test_command_refuses_a_folder_without_data(tmp_path):
    done = CliRunner().invoke(build(["figures"]), ["figures", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("count", [1, 3, 12])
def test_every_legend_fits_into_its_figure(count):
    style = figures.style
    with style.look():
        figure, _ = style.panels(1)
        name = "an arm with a rather long label"
        handle = style.line_handle(color="k")
        style.legend(figure, [(f"{name} {i}", handle) for i in range(count)])
        figure.draw_without_rendering()
        assert figure.legends[0].get_window_extent().width <= figure.bbox.width
        assert len(figure.legends) == 1


@pytest.mark.parametrize(
    ("lowest", "highest", "ends"),
    [
        (0, 8.2, (-0.2, 10.2)),
        (9, 500, (-10, 510)),  # CartPole-v1
        (0, 501, (-20, 1020)),
        (-1, 90, None),
        (0, 1001, None),
    ],
)
def test_axis_of_returns_ends_above_the_highest(lowest, highest, ends):
    found = learning_curves.limits(lowest, highest)
    assert found == (pytest.approx(ends) if ends else None)
