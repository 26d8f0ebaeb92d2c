"""Settings of the arms side by side."""

from mpo_repro.report.settings_table import flatten, settings_table, side_by_side


def test_nested_settings_become_dotted_keys_in_order():
    assert list(flatten({"b": {"x": 1, "a": {"y": []}}, "a": None})) == [
        ("b.x", 1),
        ("b.a.y", []),
        ("a", None),
    ]


def test_only_what_an_arm_changes_differs(results):
    rows = settings_table(results)
    assert [row.key for row in rows if any(row.differs)] == ["improvement.epsilon"]
    row = next(row for row in rows if row.key == "improvement.epsilon")
    assert row.values[1] == "1.0"
    assert row.differs == (False, True)


def test_a_setting_that_an_arm_lacks_is_a_dash(results):
    arms = results.study["arms"]
    arms["wide"]["resolved"] = {"rate": 0.5, "clip": None, "on": True, "w": [1, 2]}
    rows = {row.key: row for row in settings_table(results)}
    assert rows["rate"].values == ("–", "0.5")
    assert rows["clip"].values[1] == "null"
    assert rows["on"].values[1] == "true"
    assert rows["w"].values[1] == "[1, 2]"
    assert rows["improvement.epsilon"].differs == (False, True)


def test_arms_that_differ_are_gathered_by_their_value():
    (row,) = side_by_side([{"rate": value} for value in (0.1, 0.2, 0.1, 0.3, 0.2)])
    assert row.others("abcde") == {"0.2": "b; e", "0.3": "d"}


def test_most_arms_are_named_by_those_left_out():
    rows = [{"rate": 0.1}, {"rate": 0.2}, {"rate": 0.2}, {"rate": 0.1}]
    (row,) = side_by_side(rows)
    assert row.others("abcd") == {"0.2": "all but d"}
    (row,) = side_by_side(rows[:3])
    assert row.others("abc") == {"0.2": "all"}
