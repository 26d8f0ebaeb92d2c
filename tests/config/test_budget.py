"""A study in another size."""

from pathlib import Path

import pytest

from mpo_repro.config import ConfigError, budget, load_study


def test_names_and_paths_are_split():
    assert budget.split("kl-bounds:paper") == ("kl-bounds", "paper")
    assert budget.split("kl-bounds") == ("kl-bounds", None)
    assert budget.split(Path("a:b.yaml")) == (Path("a:b.yaml"), None)


def test_a_budget_replaces_only_what_it_names():
    small, large = load_study("kl-bounds"), load_study("kl-bounds:paper")
    assert (small.name, large.name) == ("kl-bounds", "kl-bounds-paper")
    assert large.arms == small.arms
    assert large.steps == 1_000_000
    assert len(large.seeds) == 10
    assert set(small.tasks).isdisjoint(large.tasks)
    assert not large.budgets


def test_a_budget_may_have_a_path_of_its_own(project):
    sizes = "budgets: {big: {execution: compiled}, small: {seeds: [7]}}\narms:"
    project.edit("studies/tiny.yaml", "arms:", f"execution: plain\n{sizes}")
    names = "tiny", "tiny:big", "tiny:small"
    paths = [{run.execution for run in load_study(name).runs()} for name in names]
    assert paths == [{"plain"}, {"compiled"}, {"plain"}]


def test_an_unknown_budget_is_refused_in_one_line():
    with pytest.raises(
        ConfigError, match=r"kl-bounds.yaml: budgets: given papr; .*paper"
    ):
        load_study("kl-bounds:papr")
    with pytest.raises(ConfigError, match="budgets: given x"):
        load_study("quick:x")


def test_a_budget_may_have_some_arms_only_and_no_others(project):
    project.edit("studies/tiny.yaml", "arms:", "budgets: {big: {arms: [wide]}}\narms:")
    assert list(load_study("tiny:big").arms) == ["wide"]
    assert list(load_study("tiny").arms) == ["paper", "wide"]
    project.edit("studies/tiny.yaml", "[wide]", "[wode]")
    with pytest.raises(ConfigError, match=r"budgets.big.arms.0: given wode; .*wide"):
        load_study("tiny:big")


def test_a_budget_may_cut_the_tasks_of_one_arm(project):
    big = "budgets: {big: {arm_tasks: {wide: [reacher-easy]}}}\narms:"
    project.edit("studies/tiny.yaml", "arms:", big)
    study = load_study("tiny:big")
    assert study.tasks_of("wide") == ("reacher-easy",)
    assert study.tasks_of("paper") == study.tasks
    assert load_study("tiny").tasks_of("wide") == study.tasks
