"""The parts of pages that are made by machine: what is in them, and that it is now."""

import pytest
from documents import DOCS, ROOT

from mpo_repro.config import load_recipe
from mpo_repro.config.recipes import setting_keys
from mpo_repro.report.documentation import (
    certificates,
    method,
    pages,
    recipes,
    settings,
)
from mpo_repro.report.documentation.markdown import cell, table

FILES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
TEXTS = [path.read_text("utf-8") for path in FILES]


def test_no_page_is_stale():
    told = "run: python -m mpo_repro.report.documentation"
    assert [path.name for path in pages.stale(ROOT)] == [], told


def test_every_block_has_one_place():
    found = [name for text in TEXTS for name in pages.names(text)]
    assert sorted(found) == sorted(pages.BLOCKS)


def test_filling_replaces_what_is_between_the_comments_only(monkeypatch):
    monkeypatch.setitem(pages.BLOCKS, "errata", lambda: "new\\1")
    before = "a\n<!-- generated: errata -->\nold\n<!-- end -->\nb"
    after = "a\n<!-- generated: errata -->\n\nnew\\1\n\n<!-- end -->\nb"
    assert pages.fill(before) == after
    with pytest.raises(KeyError, match="nothing"):
        pages.fill("<!-- generated: nothing -->\n<!-- end -->")


def test_a_certificate_that_is_not_published_has_no_link():
    assert certificates._link("of-tomorrow") == "of-tomorrow: not yet published"
    assert certificates._link("dual-sampled").startswith("[dual-sampled](certificates")


def test_a_table_and_the_characters_of_its_syntax():
    expected = "| a | b |\n| --- | --- |\n| 1 | q(a\\|s) \\_x a_b \\*&lt; |"
    assert table("ab", [("1", cell("q(a|s)  _x\na_b *<"))]) == expected


def test_every_function_with_a_source_is_on_the_method_page():
    page = (DOCS / "method.md").read_text("utf-8")
    sourced = [row for row in method.functions() if row.source]
    assert len(sourced) > 15
    for row in method.functions():
        assert page.count(f"[`{row.module}.{row.name}`]") == 1
    (dual,) = [row for row in sourced if row[:2] == ("e_step", "dual_value")]
    assert dual.summary == "Evaluates the dual of the E-step."
    assert dual.source == "P1, Eq. 9 and Appendix D.2."


def test_the_settings_are_all_of_the_recipe_with_their_comments():
    rows = {row.key: row for row in settings.settings()}
    assert list(rows) == list(setting_keys(load_recipe("paper").model_dump()))
    assert rows["improvement.epsilon"].source == "P1, Table 2"
    assert rows["improvement.epsilon"].about == "E-step bound, nats."
    assert all(row.source for row in rows.values())


def test_a_comment_of_two_lines_is_about_both_settings():
    rows = [
        ["a", "1", "Open: no; P1", ""],
        ["b", "2", "P1 so", ""],
        ["c", "3", "on", ""],
    ]
    settings._join(rows)
    assert [row[2] for row in rows] == ["Open: no; P1", "P1 so on", "P1 so on"]


def test_a_comment_goes_on_in_lines_of_its_own_below_its_setting():
    source = {row.key: row.source for row in settings.settings()}
    ratio = source["data.steps_per_update"]
    assert ratio.startswith("Open: Algorithm 2 adds L episodes")
    assert "paper-eight-steps" in ratio
    assert "episodes_per_iteration" in ratio
    assert "Algorithm 2" not in source["data.batch_states"]


def test_each_setting_is_in_one_of_the_three_tables():
    tables = settings.stated() + settings.open_() + settings.absent()
    for row in settings.settings():
        assert tables.count(f"| `{row.key}` |") == 1


def test_recipes_are_compared_with_the_papers():
    changed = {
        key: value for key, value in recipes.differences("dahiya").items() if value
    }
    assert changed == {
        "policy_evaluation.method": "**td_0**",
        "policy_evaluation.sequence_length": "**1**",
        "optimisation.target_period": "**100**",
        "data.steps_per_update": "**8.0**",
    }
    assert recipes.differences("parametric")["improvement.epsilon"] == "–"
    assert "improvement.epsilon" not in recipes.changes("parametric")
    assert recipes.changes("paper") == []


def test_every_recipe_of_mpo_is_in_one_table():
    first, second = recipes.ours(), recipes.published()
    for name in recipes.names():
        column = f"[{name}](#{name})"
        assert (column in first) + (column in second) == (2 if name == "paper" else 1)
    assert "sb3-sac" not in recipes.names()
