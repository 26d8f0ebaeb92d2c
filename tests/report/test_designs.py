"""What a study compares, found from the settings of arms made by hand."""

from pathlib import Path

import pandas as pd

from mpo_repro.analysis.results import Results
from mpo_repro.report import designs


def made(arms):
    """A study without runs: name -> recipe and settings."""
    empty = pd.DataFrame()
    described = {
        name: {"label": name.upper(), "recipe": recipe, "resolved": settings}
        for name, (recipe, settings) in arms.items()
    }
    return Results(Path(), {"arms": described}, empty, empty, empty, empty)


def corner(mean, covariance, **others):
    """An arm of a grid of two bounds."""
    return "default", {"bounds": {"mean": mean, "covariance": covariance}} | others


GRID = {f"{m}-{c}": corner(m, c) for m in (0.1, 0.01) for c in (1e-6, 1e-5, 0.5)}


def test_every_pair_of_two_settings_is_a_grid_in_ascending_order():
    grid = designs.grid(made(GRID))
    assert (grid.rows, grid.columns) == ("bounds.mean", "bounds.covariance")
    assert grid.row_values == ("0.01", "0.1")
    assert grid.column_values == ("1e-06", "1e-05", "0.5")
    assert grid.arms[0, 2] == "0.01-0.5"
    assert len(grid.arms) == 6


def test_an_arm_between_the_grid_s_values_is_left_out():
    grid = designs.grid(made({"middle": corner(0.05, 1e-7)} | GRID))
    assert sorted(grid.arms.values()) == sorted(GRID)


def test_what_is_left_of_a_grid_is_a_smaller_one_or_none():
    wider = GRID | {f"1-{c}": corner(1.0, c) for c in (1e-6, 1e-5, 0.5)}
    arms = list(wider.items())
    assert len(designs.grid(made(dict(arms[1:]))).arms) == 6
    assert designs.grid(made(dict(arms[5:]))) is None


def test_two_changes_and_both_of_them_are_no_grid():
    square = {name: arm for name, arm in GRID.items() if not name.endswith("0.5")}
    assert len(square) == 4
    assert designs.grid(made(square)) is None
    assert len(designs.single_changes(made(square))) == 3


def test_arms_that_differ_elsewhere_too_make_no_grid():
    arms = {name: corner(1, place, depth=place) for place, name in enumerate("abcd")}
    assert designs.grid(made(arms)) is None


def test_a_change_names_its_one_setting_and_counts_several():
    arms = {
        "default": ("default", {"m": {"kl": "exact", "n": 1}}),
        "one": ("default", {"m": {"kl": "reversed", "n": 1}}),
        "two": ("default", {"m": {"kl": "reversed", "n": 2}}),
        "same": ("default", {"m": {"kl": "exact", "n": 1}}),
        "ppo": ("sb3-ppo", {"algorithm": "ppo"}),
    }
    one, two, ppo = designs.changes(made(arms))
    assert one == designs.Change("one", "default", "ONE (kl: exact → reversed)", False)
    assert two.text == "TWO (2 settings)"
    assert ppo.text == "PPO (another algorithm)"


def test_a_recipe_as_published_is_compared_with_itself_mended():
    arms = {
        "default": ("default", {"kl": "exact", "n": 1}),
        "tonic": ("tonic", {"kl": "exact", "n": 2}),
        "tonic-then": ("tonic-as-published", {"kl": "reversed", "n": 2}),
        "alone": ("acme-as-published", {"kl": "reversed", "n": 3}),
        "tonic-other": ("tonic", {"kl": "exact", "n": 9}),
    }
    found = {one.arm: one for one in designs.changes(made(arms))}
    assert found["tonic-then"].reference == "tonic"
    assert found["tonic-then"].defect
    assert found["alone"].reference == "default"
    assert not found["alone"].defect
