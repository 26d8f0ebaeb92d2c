"""What a verdict names: recipes, tasks and budget, beside the source's."""

import numpy as np
import pytest

from mpo_repro.analysis import spread
from mpo_repro.analysis.claim_data import Runs
from mpo_repro.analysis.judged import Tested as Entry
from mpo_repro.analysis.scope import scope, short
from mpo_repro.analysis.statistics.verdicts import untestable
from mpo_repro.analysis.trial import Trial
from mpo_repro.config.claim import Claim

STEPS = np.array([20_000, 40_000, 60_000])


def claim(score=None, **changes):
    part = {
        "name": "one",
        "study": "made",
        "treatments": ["a"],
        "reference": "b",
        "measure": score or {"score": "final", "fraction": 0.3},
        "test": {"name": "superiority", "margin": 0.1, "reason": "made up"},
        "expected": {"effect": 0.3, "sd": 0.1, "reason": "guessed"},
    }
    said = {"id": "C1", "title": "t", "words": "w", "source": "s", "family": "f"}
    return Claim.model_validate(said | {"parts": [part]} | changes)


def runs(arm, task, levels, recipe="default"):
    curves = np.repeat(np.array(levels, float)[:, None], len(STEPS), axis=1)
    return Runs(arm, task, STEPS, curves, (), np.zeros(len(levels), bool), recipe)


def entering(one, *groups):
    return [Entry(one.parts[0], Trial("x", groups, None), None, untestable(""))]


@pytest.mark.parametrize(
    ("extent", "tasks", "text"),
    [
        (
            {"steps": 1_000_000, "tasks": 18},
            ["walker-walk", "cheetah-run"],
            "recipe default; walker-walk, cheetah-run (2 of 18 tasks); 60K of 1M steps",
        ),
        (
            {"tasks": 18},
            ["walker-walk", "Hopper-v4"],
            "recipe default; walker-walk (1 of 18 tasks), Hopper-v4; 60K steps",
        ),
        ({"tasks": 28}, list("abcd"), "recipe default; 4 of 28 tasks; 60K steps"),
        (None, ["walker-walk"], "recipe default; walker-walk; 60K steps"),
    ],
)
def test_a_scope_is_beside_the_source_s_extent(extent, tasks, text):
    one = claim(extent=extent)
    assert scope(one, entering(one, *(runs("a", t, [0.1]) for t in tasks))) == text


def test_every_recipe_is_named_and_a_step_before_the_end_counts():
    one = claim({"score": "final", "at": 40_000})
    pair = runs("a", "t", [0.1]), runs("b", "t", [0.2], "paper")
    assert scope(one, entering(one, *pair)) == "recipes default, paper; t; 40K steps"
    assert scope(one, []) == ""


@pytest.mark.parametrize(
    ("count", "text"), [(900, "900"), (1_500, "1.5K"), (2_500_000, "2.5M")]
)
def test_steps_are_short(count, text):
    assert short(count) == text


def test_the_deviation_found_is_pooled_over_arms_and_tasks():
    one = claim()
    a, b = runs("a", "t", [0.1, 0.2, 0.3]), runs("b", "t", [0.5, 0.9])
    made = [test.trial for test in entering(one, a, b) + entering(one, a)]
    pooled = np.sqrt((0.02 + 0.08) / 3)  # a counts once
    assert spread.deviation(one.parts[0], made) == pytest.approx(pooled)
    assert np.isnan(spread.deviation(one.parts[0], []))
