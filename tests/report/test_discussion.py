"""The discussion's Markdown cannot bring anything foreign into the page."""

import pytest

from mpo_repro.analysis.results import load
from mpo_repro.report import costs, designs
from mpo_repro.report.discussion import (
    demoted,
    differences,
    final_scores,
    read,
    render,
)


def test_markdown_becomes_html_below_the_page_s_headings():
    html = render("# Title\n\nSome **bold** text.\n\n|a|\n|-|\n|1|\n")
    assert "<h3>Title</h3>" in html
    assert "<strong>bold</strong>" in html
    assert '<div class="scroll" tabindex="0"><table>' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src="http://example.org/a.png">',
        "![a](http://example.org/a.png)",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_is_loaded_or_run(text):
    html = render(text)
    for forbidden in ("<script", "<img", 'href="javascript', 'href="data'):
        assert forbidden not in html


def test_a_study_without_discussion_has_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path, {})
    (tmp_path / "discussion.md").write_text("Words.")
    assert read(tmp_path, {}) == "Words.\n"


CLAIMS = {
    "A1": {
        "outcome": "contradicted",
        "tests": [{"numbers": "0.1"}, {"numbers": "<b>"}],
    }
}


def test_numbers_come_from_the_verdicts(tmp_path):
    (tmp_path / "discussion.md").write_text(
        "A1 is {{ claims.A1.outcome }}.\n\n"
        "{% for test in claims.A1.tests %}\n- {{ test.numbers }}\n{% endfor %}\n"
    )
    text = read(tmp_path, {"claims": CLAIMS})
    assert text == "A1 is contradicted.\n\n- 0.1\n- <b>\n"
    assert "&lt;b&gt;" in render(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ claims.A9.outcome }}",
        "{{ claims.A1.verdict }}",
        "{{ claims",
        "{{ claims.A1.__class__.__mro__ }}",
    ],
)
def test_what_is_not_there_is_refused_by_the_file_s_name(tmp_path, text):
    (tmp_path / "discussion.md").write_text(text)
    with pytest.raises(ValueError, match=r"discussion\.md cannot be filled in"):
        read(tmp_path, {"claims": CLAIMS})


def test_scores_are_those_of_the_data(collected, tmp_path):
    results = load(collected)
    scores = final_scores([results])
    (tmp_path / "discussion.md").write_text(
        "{% for arm in scores.made['cartpole-swingup'].values() %}\n"
        "{{ arm.label }}: {{ arm.mean }}, {{ arm.n }}\n{% endfor %}\n"
    )
    final = results.final_scores("sampled").query("task == 'cartpole-swingup'")
    lines = [
        f"{results.labels[arm]}: {rows.score.mean()}, {len(rows)}"
        for arm, rows in final.groupby("arm")
    ]
    assert len(lines) == 2
    for arm, rows in final.groupby("arm"):
        found = scores["made"]["cartpole-swingup"][arm]
        assert found["scores"] == rows.score.to_list()
        of_arm = results.timing.query("arm == @arm and task == 'cartpole-swingup'")
        assert found["updates"] == of_arm.learner_updates.max()
    means = results.final_scores("mean").groupby(["task", "arm"]).score.mean()
    assert found["mean_action"] == means["cartpole-swingup", arm]
    assert sorted(read(tmp_path, {"scores": scores}).splitlines()) == sorted(lines)


def test_the_learner_s_state_is_that_of_the_diagnostics(collected):
    results = load(collected)
    task, arm, name = "cartpole-swingup", "reference", "temperature"
    rows = results.diagnostics.query("task == @task and arm == @arm and name == @name")
    found = final_scores([results])["made"][task][arm]["learner"]
    steps = rows["environment_steps"]
    assert name in found
    assert found[name] == {
        "first": rows.loc[steps == steps.min(), "value"].median(),
        "last": rows.loc[steps == steps.max(), "value"].median(),
        "runs": rows.loc[steps == steps.max()].sort_values("seed")["value"].to_list(),
        "highest": rows.groupby("seed")["value"].max().to_list(),
    }
    assert len(found[name]["runs"]) > 1


def test_differences_are_those_of_the_figure_the_least_first(rich):
    found = differences([rich])["made"]["cartpole-swingup"]
    effects = [row["effect"] for row in found]
    assert effects == sorted(effects)
    changes = designs.single_changes(rich)
    table = costs.effects(rich, changes, "sampled").query("task == 'cartpole-swingup'")
    assert len(found) == len(table)
    of_jorldy = [change.defect for change in changes].index(True)
    (row,) = [row for row in found if row["reference"] == "JORLDY"]
    (expected,) = table[table["place"] == of_jorldy].to_dict("records")
    assert row.pop("arm").startswith("JORLDY as published")
    assert row.items() <= (expected | {"reference": "JORLDY"}).items()


def test_headings_move_a_level_down_and_nothing_else():
    assert demoted("## A\n\n# B\n#c\n x # d\n") == "### A\n\n## B\n#c\n x # d\n"
