"""Names of the files of a run folder."""

from hypothesis import given
from hypothesis import strategies as st

from mpo_repro.runs import layout


def test_the_marker_is_named_after_the_budget(tmp_path):
    path = layout.marker(tmp_path, 5000)
    assert path == tmp_path / "steps-5000.done.json"
    assert layout.budget(path) == 5000


@given(steps=st.integers(0, 10**12))
def test_a_marker_s_name_gives_its_budget_back(steps):
    assert layout.budget(layout.marker(layout.Path(), steps)) == steps


def test_markers_are_in_order_and_nothing_else_is_one(tmp_path):
    names = ["steps-1000.done.json", "steps-20.done.json", "steps-3.json", "run.json"]
    names += ["steps-x.done.json", "steps-007.done.json", ".steps-5.done.json"]
    names += ["steps--5.done.json", "steps-.done.json", "steps-²0.done.json"]
    for name in names:
        (tmp_path / name).touch()
    found = [path.name for path in layout.markers(tmp_path)]
    assert found == ["steps-20.done.json", "steps-1000.done.json"]
