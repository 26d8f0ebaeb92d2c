"""What a page says of its verdict rules, against the table that was measured."""

import json
from types import SimpleNamespace

import pytest

from mpo_repro.analysis.statistics import error_rates
from mpo_repro.analysis.statistics.rules import RULES
from mpo_repro.report import power, style


def claim(tests):
    said = {"outcome": "undecided", "sentence": "", "refutes": False, "decisive": None}
    said["registration"] = {"state": "registered"}
    return said | {"certificates": [], "tests": tests}


@pytest.fixture
def results(tmp_path):
    """Results with verdicts by two tests, and a third that had no runs."""
    tests = [("faster", 0.1), ("superiority", 0.2), ("equivalence", None)]
    same = {"outcome": "undecided", "sentence": "", "low": 0, "high": 1}
    rows = [same | {"test": name, "effect": effect} for name, effect in tests]
    (tmp_path / "data").mkdir()
    content = {"studies": ["made"], "claims": [claim(rows), claim([])]}
    (tmp_path / "data" / "verdicts.json").write_text(json.dumps(content))
    return SimpleNamespace(folder=tmp_path)


def test_a_page_shows_the_rules_that_its_verdicts_use(results, tmp_path):
    names = ["superiority", "superiority, unequal arms", "faster"]
    assert power.rules(results) == names
    assert power.rules(SimpleNamespace(folder=tmp_path / "none")) == []


def test_the_figure_draws_the_table():
    table = error_rates.load()
    with style.look():
        made = power.figure(["faster", "interaction"])
        titles = [axis.get_title("left") for axis in made.axes]
        assert titles == ["faster", "interaction"]
        lines = {len(line.get_xdata()): line for line in made.axes[0].lines}
        curve = lines[len(error_rates.DISTANCES)]  # the last: ten runs
        expected = table.query("rule == 'faster' and shape == 'normal' and runs == 10")
        assert list(curve.get_ydata()) == list(expected["positive"])
        edge = table.query("rule == 'faster' and distance == 0 and runs == 10")
        marked = made.axes[0].lines[-1]
        assert marked.get_ydata() == error_rates.false_verdicts(edge).max()


def test_numbers_of_the_page_are_those_of_the_summary():
    drawn = {power.NAME: {"name": power.NAME}}
    found = power.section(list(RULES), drawn)
    assert [row["rule"] for row in found["rows"]] == list(RULES)
    summary = error_rates.summary(error_rates.load()).set_index("rule")
    row = found["rows"][0]
    assert row["false_5"] == f"{100 * summary.loc[row['rule'], 'false_5']:.1f} %"
    faster = next(row for row in found["rows"] if row["rule"] == "faster")
    assert faster["coverage"] == "–"
    assert power.section([], drawn) is None


def test_the_alternative_text_names_every_rule_with_its_power():
    alt = power.texts(["faster", "interaction"])[2]
    assert "3, 5 and 10 runs" in alt
    assert "faster 7" in alt
    assert "interaction " in alt


def test_a_rule_that_finds_less_than_is_promised_is_named_with_the_reason():
    table = error_rates.summary(error_rates.load()).set_index("rule")
    error = (0.75 * 0.25 / error_rates.trials_of(promised=True)) ** 0.5
    assert set(table.index[table["power"] < 0.75 - 3 * error]) == set(power.WEAK)
    found = power.section(["faster", "interaction"], {power.NAME: {}})
    assert [text.partition(":")[0] for text in found["weak"]] == ["interaction"]
