"""Studies that are rungs of a search: what their files may not be."""

import pytest

from mpo_repro.config import ConfigError, load_study

SEARCH = """\
search:
  base: paper
  writes: found
  fraction: 0.5
  rungs:
    - {steps: 4000, seeds: [0, 7], combine: [1, 2]}
    - {steps: 5000, seeds: [0], keep: 1}
"""


@pytest.fixture
def search(project):
    """The study `tiny` as the first rung of a search."""
    project.edit("studies/tiny.yaml", "arms:\n", f"{SEARCH}arms:\n")
    return project


def test_a_search_is_read_with_its_rungs(search):
    rungs = load_study("tiny").search.rungs
    assert [(rung.steps, rung.combine, rung.keep) for rung in rungs] == [
        (4000, (1, 2), None),
        (5000, None, 1),
    ]


def test_most_studies_are_of_no_search(project):
    assert load_study("tiny").search is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("base: paper", "base: papr", "search.base: given papr; allowed: did you mean"),
        ("fraction: 0.5", "fraction: 1.5", "search.fraction: given 1.5; allowed"),
        ("fraction: 0.5", "", "search.fraction: given nothing; allowed"),
        (", keep: 1", "", "combine or keep, one of the two"),
        (", keep: 1", ", keep: 1, combine: [1]", "combine or keep, one of the two"),
        (", keep: 1", ", keep: 0", "search.rungs.1.keep: given 0; allowed"),
        ("steps: 4000", "steps: 2000", "search.rungs.0.steps: given 2000; allowed: at"),
        (
            "steps: 5000",
            "steps: 5500",
            "search.rungs.1.steps: given 5500; allowed: a m",
        ),
        ("combine: [1, 2]", "keep: 2", None),
        (", keep: 1", ", combine: [1]", None),
        (
            "recipe: paper, label: Paper",
            "recipe: default, label: Paper",
            "arms.wide.re",
        ),
        ("label: Wide", "label: Wide\n    seeds: [0]", "arms.wide.seeds: given"),
        ("label: Wide", "label: Wide\n    tasks: [reacher-easy]", "arms.wide.tasks: g"),
        (
            "{recipe: paper, label: Paper}",
            "{recipe: paper, label: Paper, set: {improvement.samples: 3}}",
            "arms.paper.set: given",
        ),
        (
            "arms:\n",
            "budgets: {b: {steps: 9000}}\narms:\n",
            "budgets: given b; allowed",
        ),
        ("arms:\n", "task_steps: {reacher-easy: 4000}\narms:\n", "task_steps: given"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(search, old, new, told):
    search.write("recipes/default.yaml", "extends: paper\ncritic: {hidden: [9]}\n")
    search.edit("studies/tiny.yaml", old, new)
    if told is None:
        load_study("tiny")
        return
    with pytest.raises(ConfigError) as error:
        load_study("tiny")
    assert told in str(error.value)


def test_a_rung_that_keeps_the_best_is_not_followed_by_combinations(search):
    search.edit("studies/tiny.yaml", "combine: [1, 2]", "keep: 2")
    search.edit("studies/tiny.yaml", ", keep: 1", ", combine: [1]")
    with pytest.raises(ConfigError, match=r"search.rungs.1: given combine; allowed: k"):
        load_study("tiny")


def test_a_last_rung_needs_no_base(search):
    search.edit("studies/tiny.yaml", "  paper: {recipe: paper, label: Paper}\n", "")
    start, end = SEARCH.index("  rungs:"), len(SEARCH)
    search.edit("studies/tiny.yaml", SEARCH[start:end], "")
    assert list(load_study("tiny").arms) == ["wide"]
