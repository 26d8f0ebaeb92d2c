"""The rules on made-up runs: false verdicts, coverage, power. Slow but for a sample.

Every rule is used as claims use it. A false verdict is `replicated` (or partly) at the
edge of the claim; of claims with an opposite, `contradicted` there is false too.
"""

import numpy as np
import pandas as pd
import pytest

from mpo_repro.analysis.statistics import power
from mpo_repro.analysis.statistics.differences import superiority
from mpo_repro.analysis.statistics.equivalence import equivalence
from mpo_repro.analysis.statistics.rules import RULES
from mpo_repro.analysis.statistics.shapes import SHAPES
from mpo_repro.analysis.statistics.verdicts import Outcome, outcome_of

ALPHA = 0.05
BY_BOOTSTRAP = {name for name in RULES if name.startswith(("suite", "usual"))}
# Two-sided claims: either verdict is false at the edge, and alpha is for both.
TWO_SIDED = {name for name in RULES if name.startswith(("superiority", "trend"))}
TWO_SIDED |= BY_BOOTSTRAP | {"faster", "fewer_failures", "interaction"}
# Ninety per cent where alpha is one-sided.
CONFIDENCE = {"equivalence": 0.9, "non_inferiority": 0.9, "agreement": 0.9}
# Five runs an arm find two standard deviations less often than three times in four:
# permutation is no default; failures throw away how far a run failed; a difference of
# differences has twice the variance, so that two of its own deviations are 2.83.
WEAK = {"superiority, permutation", "fewer_failures", "rarely_fails", "interaction"}


def trials_of(rule: str) -> int:
    return 400 if rule in BY_BOOTSTRAP else 2_000


def most(share: float, trials: int) -> float:
    """The greatest count share that simulation error explains."""
    return share + 3 * np.sqrt(share * (1 - share) / trials)


def check_false_verdicts(rule: str, table: pd.DataFrame) -> None:
    found = power.shares(table)
    wrong = power.positive(found)
    if rule in TWO_SIDED:
        wrong += found[Outcome.CONTRADICTED]
    assert wrong <= most(ALPHA, len(table))
    assert found[Outcome.CONTRADICTED] <= most(ALPHA, len(table))


def check_coverage(rule: str, distance: float, table: pd.DataFrame) -> None:
    missed = 1 - power.coverage(table, rule, distance)
    if RULES[rule].truth:
        assert missed <= most(1 - CONFIDENCE.get(rule, 0.95), len(table))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rule", ["superiority", "equivalence", "trend"])
def test_a_sample_of_trials(rule, shape):
    table = power.simulate(rule, shape, 5, 0, trials=200)
    check_false_verdicts(rule, table)
    check_coverage(rule, 0, table)


@pytest.mark.slow
@pytest.mark.parametrize("runs", [3, 5, 10])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rule", RULES)
def test_at_the_edge_false_verdicts_are_as_rare_as_alpha_says(rule, shape, runs):
    table = power.simulate(rule, shape, runs, 0, trials=trials_of(rule), seed=1)
    check_false_verdicts(rule, table)
    check_coverage(rule, 0, table)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rule", RULES)
def test_five_runs_find_two_standard_deviations(rule, shape):
    table = power.simulate(rule, shape, 5, 2, trials=trials_of(rule), seed=2)
    check_coverage(rule, 2, table)
    if rule not in WEAK:
        least = 1 - most(0.25, len(table))
        assert power.positive(power.shares(table)) >= least


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_an_interaction_of_two_of_its_own_deviations_is_found(shape):
    table = power.simulate("interaction", shape, 5, 2 * np.sqrt(2), trials=2_000)
    assert power.positive(power.shares(table)) >= 0.75


@pytest.mark.parametrize("rule", ["equivalence", "non_inferiority"])
def test_three_runs_decide_nothing_where_the_rate_would_not_hold(rule):
    found = power.shares(power.simulate(rule, "normal", 3, 9, trials=3))
    assert found == {Outcome.INCONCLUSIVE: 1}


def test_what_equivalence_cannot_exclude_an_arm_that_fails_now_and_then():
    # 30 % of b's runs fail; the means differ by 1.5 times the margin.
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(400):
        a, failed = 1 + rng.normal(0, 0.01, 5), rng.random(5) < 0.3
        b = np.where(failed, 0, 1 + rng.normal(0, 0.01, 5))
        wrong += outcome_of(equivalence(a, b, margin=0.2)) is Outcome.REPLICATED
    assert wrong / 400 == pytest.approx(0.7**5, abs=0.06)


def wrong_share(rng, shape, runs, spread=(1.0, 1.0), trials=1_000, **settings) -> float:
    """How often two arms of equal mean are called different."""
    wrong = 0
    for _ in range(trials):
        pairs = zip(runs, spread, strict=True)
        a, b = (scale * SHAPES[shape].draw(rng, n) for n, scale in pairs)
        wrong += outcome_of(superiority(a, b, **settings)) is not Outcome.INCONCLUSIVE
    return wrong / trials


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("runs", [(4, 5), (8, 10), (3, 5), (3, 10), (5, 10)])
def test_arms_of_unequal_size(runs, shape):
    found = wrong_share(np.random.default_rng(4), shape, runs)
    assert found <= most(ALPHA, 1_000)


@pytest.mark.slow
def test_welch_would_err_on_arms_of_very_unequal_size():
    rng = np.random.default_rng(5)
    found = wrong_share(rng, "bimodal", (3, 10), method="welch")
    assert found == pytest.approx(0.18, abs=0.04)


@pytest.mark.slow
@pytest.mark.parametrize("runs", [3, 5, 10])
@pytest.mark.parametrize(
    ("shape", "limit"), [("normal", 0.055), ("skewed", 0.08), ("bimodal", 0.085)]
)
def test_arms_of_which_one_scatters_twice_as_much(shape, limit, runs):
    rng = np.random.default_rng(6)
    found = wrong_share(rng, shape, (runs, runs), spread=(2.0, 1.0))
    assert found <= most(limit, 1_000)
