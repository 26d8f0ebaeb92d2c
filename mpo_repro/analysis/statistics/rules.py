"""Each verdict rule on made-up runs, at a chosen distance from where its claim begins.

Distance 0 is the edge: the claim is just false, and whoever calls it supported errs.
Distance 2 means that it is true by two standard deviations of a run. A claim of a
difference has the margin 0 here: with another, its test is the same one, moved. Scores
have mean 0 and standard deviation 1; `runs` is the number an arm, or that of the
smaller arm.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mpo_repro.analysis.statistics import looks, registry
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.shapes import Shape

PUBLISHED_RUNS = 10
UNEQUAL = "superiority, unequal arms"  # the other arm has twice the runs
LOOKS = "not_below_published, two looks"  # the second has twice the runs
TASKS = 4
SUITE_MARGIN = 1.5
# Steps to a threshold: mean, standard deviation and horizon, in 1,000 steps.
_STEPS, _SPREAD, _HORIZON = 100.0, 20.0, 150.0


@dataclass(frozen=True)
class Rule:
    """A verdict rule with a way to make data for it.

    Attributes:
      name: the test, and how it is used where that is a choice.
      simulate: (generator, shape, runs, distance) -> evidence.
      truth: distance -> the true effect, or None where it depends on the shape.
      one_sided: whether alpha is for the claim alone; else either verdict is false at
        the edge, and alpha is for both together.
    """

    name: str
    simulate: Callable[[np.random.Generator, Shape, int, float], Evidence]
    truth: Callable[[float], float] | None
    one_sided: bool = False


def _two_arms(test: str, start: float, **settings) -> Rule:
    """A test of two arms whose claim begins at a difference of `start`."""

    def simulate(rng, shape, runs, distance):
        a = shape.draw(rng, runs) + start + distance
        return registry.find(test)(a, shape.draw(rng, runs), **settings)

    return Rule(test, simulate, lambda distance: start + distance, start != 0)


def _unequal(rng, shape, runs, distance) -> Evidence:
    few, many = shape.draw(rng, runs) + distance, shape.draw(rng, 2 * runs)
    return registry.find("superiority")(few, many)


def _published(test: str) -> Rule:
    """A test of runs against published ones, 2 below which its claim begins."""

    def simulate(rng, shape, runs, distance):
        ours = shape.draw(rng, runs) - 2 + distance
        return registry.find(test)(ours, shape.draw(rng, PUBLISHED_RUNS), margin=2)

    return Rule(test, simulate, lambda distance: distance - 2, True)


def _two_looks(rng, shape, runs, distance) -> Evidence:
    """Twice as many runs at the second look as at the first."""
    ours = shape.draw(rng, 2 * runs) - 2 + distance
    theirs, test = shape.draw(rng, PUBLISHED_RUNS), registry.find("not_below_published")
    planned = (runs, 2 * runs)
    return looks.evidence(test, ours, theirs, planned, alpha=0.05, margin=2)


def _suite(test: str, loudness: np.ndarray, start: float = 0, **settings) -> Rule:
    """A test on a suite of which tasks scatter by `loudness`, which also scales a."""

    def simulate(rng, shape, runs, distance):
        size = (runs, len(loudness))
        a, b = (shape.draw(rng, runs * len(loudness)).reshape(size) for _ in range(2))
        pair = ((a + start + distance) * loudness, b * loudness)
        return registry.find(test)(*pair, **settings)

    name = test if np.ptp(loudness) == 0 else f"{test}, one loud task"
    # Of other aggregates the truth depends on the shape.
    known = settings.get("aggregate") == "mean"
    truth = (lambda distance: (start + distance) * loudness.mean()) if known else None
    return Rule(name, simulate, truth, start != 0)


def _faster(rng, shape, runs, distance) -> Evidence:
    arms = []
    for delay in (0, distance):
        steps = _STEPS + _SPREAD * (shape.draw(rng, runs) + delay)
        arms.append((np.minimum(steps, _HORIZON), steps <= _HORIZON))
    return registry.find("faster")(*arms, horizon=_HORIZON)


def _rarely_fails(rng, shape, runs, distance) -> Evidence:
    failures = shape.draw(rng, runs) > shape.median + distance
    return registry.find("rarely_fails")(failures, margin=0.5)


def _interaction(rng, shape, runs, distance) -> Evidence:
    cells = [shape.draw(rng, runs) for _ in range(4)]
    cells[0] = cells[0] + distance
    return registry.find("interaction")(cells[:2], cells[2:])


_EVEN, _LOUD = np.ones(TASKS), np.array([1.0] + [0.05] * (TASKS - 1))
_WITHIN = {"aggregate": "mean", "margin": SUITE_MARGIN}
RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        _two_arms("superiority", 0),
        Rule(UNEQUAL, _unequal, lambda distance: distance),
        _two_arms("equivalence", -2, margin=2),
        _two_arms("non_inferiority", -2, margin=2),
        _published("agreement"),
        _published("not_below_published"),
        Rule(LOOKS, _two_looks, lambda distance: distance - 2, True),
        _suite("suite_superiority", _EVEN, aggregate="mean"),
        _suite("suite_superiority", _LOUD, aggregate="mean"),
        _suite("suite_equivalence", _EVEN, -SUITE_MARGIN, **_WITHIN),
        _suite("suite_non_inferiority", _EVEN, -SUITE_MARGIN, **_WITHIN),
        Rule("faster", _faster, None),
        Rule("rarely_fails", _rarely_fails, None, True),
        Rule("interaction", _interaction, lambda distance: distance),
    )
}
