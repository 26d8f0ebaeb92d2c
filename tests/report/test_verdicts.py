"""Verdicts on the page: table, parts, figures, Markdown, and what they link to."""

import json
import math
import re

import pytest

from mpo_repro.analysis import tables
from mpo_repro.analysis.collect import write_checksums
from mpo_repro.analysis.results import load
from mpo_repro.report import claim_figures, figures, manifest, page, verdicts


def content(results):
    """verdicts.json by claim."""
    said = json.loads((results.folder / "data" / "verdicts.json").read_text())
    return {claim["id"]: claim for claim in said["claims"]}


def test_claims_of_other_studies_and_absent_certificates_wait(judged):
    found = verdicts.section(judged, {})
    assert [claim["id"] for claim in found["judged"]] == ["C1", "C2", "C10"]
    waiting = {claim["id"]: claim["lacks"] for claim in found["waiting"]}
    assert waiting == {"C3": "needs study other", "J1": "needs certificate dual"}


def test_the_page_begins_with_the_verdicts(judged):
    html = page.write(judged).read_text("utf-8")
    main = html[html.index("<main>") :]
    assert main.index('id="verdicts"') < main.index('id="claims"')
    assert main.index('id="claims"') < main.index('id="runs"')
    assert 'href="#claim-C1"' in html
    assert 'id="claim-C1"' in html
    assert "Never released." in html
    assert "&lt;b&gt;better&lt;/b&gt;" in html
    assert html.count('<svg class="interval"') == 2
    for link in re.findall(r'href="(?!#)([^"]+)"', html):
        assert (judged.folder / link).is_file(), link


def test_three_seeds_do_not_decide_equivalence_and_missing_runs_are_named(judged):
    found = content(judged)["C2"]
    assert found["outcome"] == "undecided"
    assert found["expected_power"] == 0
    assert len(found["missing"]) == 1
    html = page.write(judged).read_text("utf-8")
    assert "reference on cartpole-swingup, seed 0: missing, no run folder" in html
    assert "Little power by plan: with 3 seeds" in html


def test_of_many_missing_runs_the_page_names_a_few(judged):
    path = judged.folder / "data" / "verdicts.json"
    text = path.read_text("utf-8")
    found = json.loads(text)
    many = [f"wide on cartpole-swingup, seed {seed}: missing" for seed in range(9)]
    next(c for c in found["claims"] if c["id"] == "C2")["missing"] = many
    path.write_text(json.dumps(found), "utf-8")
    try:
        shown = verdicts.section(judged, {})["judged"]
    finally:
        path.write_text(text, "utf-8")
    missing = next(c for c in shown if c["id"] == "C2")["missing"]
    assert missing[:-1] == many[: verdicts.NAMED]
    assert missing[-1].startswith(f"and {9 - verdicts.NAMED} more")


def test_each_claim_with_tests_has_a_figure_with_its_command(judged):
    names = [plan.name for plan in figures.plan(judged)]
    assert names[:2] == ["claim-c1", "claim-c2"]
    html = page.write(judged).read_text("utf-8")
    assert "mpo-repro figures results/made --only claim-c1" in html
    assert html.count('id="figure-claim-c1"') == 1


def test_the_figure_shows_the_numbers_of_the_file(judged):
    claim = content(judged)["C1"]
    axis = claim_figures.intervals(claim).axes[0]
    drawn = [tuple(line.get_xdata()) for line in axis.lines]
    bounded = 0
    for test in claim["tests"]:
        ends = float(test["low"]), float(test["high"])
        corrected = float(test["joint_low"]), float(test["joint_high"])
        for pair in (ends, corrected):
            assert (pair in drawn) == math.isfinite(pair[1] - pair[0])
        assert (test["effect"],) in drawn
        bounded += ends in drawn
    assert bounded == 1  # two runs against three can exclude nothing
    assert (0.1, 0.1) in drawn


@pytest.mark.parametrize(
    ("test", "null", "margin", "places"),
    [
        ("superiority", 0, 0.1, (0.1,)),
        ("equivalence", 0, 0.1, (-0.1, 0.1)),
        ("non_inferiority", 0, 0.1, (-0.1,)),
        ("faster", 1, 3, (3,)),
        ("rarely_fails", 0, 0.2, (0.2,)),
    ],
)
def test_margins_lie_on_the_side_that_the_test_asks(test, null, margin, places):
    said = {"test": test, "null": null, "margin": margin}
    assert claim_figures.margins(said) == pytest.approx(places)


def test_long_labels_are_broken_and_leave_the_intervals_room():
    names = (
        "cartpole-swingup, walker-walk, cheetah-run, reacher-easy, ball_in_cup-catch"
    )
    said = {"test": "rarely_fails", "null": 0, "margin": 0.2, "outcome": "contradicted"}
    said |= {"effect": 0.1, "low": 0, "high": 0.2, "part": "p"}
    said |= {"joint_low": 0, "joint_high": 0.2}
    said["measure"] = "the share of runs that never reach the threshold"
    long = claim_figures._wrapped(f"default on {names}").splitlines()
    assert len(long) == 4
    assert max(map(len, long)) <= claim_figures.WIDEST
    assert " ".join(long) == f"default on {names}"
    with figures.style.look():
        made = claim_figures.intervals(
            {"tests": [said | {"label": f"default on {names}"}]}
        )
        made.draw_without_rendering()
    (axis,) = made.axes
    assert axis.get_position().width > 0.55
    ends = axis.xaxis.label.get_window_extent()
    assert 0 <= ends.x0 < ends.x1 <= made.bbox.width


def test_small_plots_are_in_margins_and_end_at_the_edge():
    said = {"test": "superiority", "null": 0, "margin": 0.1}
    said |= {"effect": 0.1, "joint_low": -0.05, "joint_high": 9}
    placed = verdicts._plotted(said, 0)
    assert (placed["x"], placed["low"], placed["high"]) == (96, 60, 144)
    assert placed["margins"] == [96]


def test_markdown_has_a_row_a_judged_claim_and_lists_the_rest(judged):
    page.write(judged)
    lines = (judged.folder / "report.md").read_text("utf-8").splitlines()
    lines = lines[lines.index("## Verdicts") : lines.index("## What is missing")]
    rows = [line for line in lines if line.startswith("| C")]
    assert [row.split(":")[0] for row in rows[1:]] == ["| C1", "| C2", "| C10"]
    assert {row.count("|") for row in rows} == {8}
    (waiting,) = [line for line in lines if line.startswith("- C3")]
    said = r"- C3: Wide is better \(needs study other; power \d+ % with 3 seeds\)"
    assert re.fullmatch(said, waiting)
    files = json.loads((judged.folder / manifest.FILE).read_text())["files"]
    command = files["data/verdicts.json"]["command"]
    assert command == "mpo-repro claims check results/made"
    assert files["report.md"]["command"] == "mpo-repro report results/made"


def test_a_study_without_verdicts_has_no_section_for_them(judged):
    for name in ("verdicts.json", "verdicts.parquet"):
        (judged.folder / "data" / name).unlink()
    html = page.write(judged).read_text("utf-8")
    assert 'id="verdicts"' not in html
    assert "## Verdicts" not in (judged.folder / "report.md").read_text("utf-8")


def test_verdicts_that_no_run_decides_come_behind_the_figures(judged):
    path = judged.folder / "data" / "verdicts.json"
    content = json.loads(path.read_text())
    for claim in content["claims"]:
        claim["decisive"] = None
    path.write_text(json.dumps(content))
    html = page.write(judged).read_text("utf-8")
    order = re.findall(r'<section id="(\w+)"', html)
    assert order.index("figures") < order.index("verdicts")
    assert order.index("claims") < order.index("runs")
    report = (judged.folder / "report.md").read_text("utf-8")
    assert report.index("## Figures") < report.index("## Verdicts")


def test_infinite_intervals_and_no_runs_can_be_shown(judged):
    path = judged.folder / "data" / "verdicts.json"
    said = json.loads(path.read_text())
    said["claims"][0]["tests"][0] |= {"joint_low": "-inf", "joint_high": "inf"}
    path.write_text(json.dumps(said))
    assert "[−∞, ∞]" in page.write(load(judged.folder)).read_text("utf-8")
    table = tables.read("runs", judged.folder / "data").assign(state="missing")
    tables.write(table, "runs", judged.folder / "data")
    write_checksums(judged.folder / "data")
    assert figures.plan(load(judged.folder)) == []
