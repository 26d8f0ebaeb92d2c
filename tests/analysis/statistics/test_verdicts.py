"""The rule from evidence to a verdict, line by line, and the sentences."""

import numpy as np
import pytest

from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.verdicts import (
    Outcome,
    Verdict,
    combine,
    decide,
    untestable,
)
from mpo_repro.analysis.statistics.wording import Wording

RETURN = Wording("the difference in mean return", "points")


def evidence(claim=0.5, contrary=0.5, absent=np.nan, **changes):
    """Makes evidence with these p-values."""
    values = {
        "test": "superiority",
        "effect": 12.345,
        "low": -4.0,
        "high": 28.0,
        "confidence": 0.95,
        "alpha": 0.05,
        "margin": 0.0,
        "p_claim": claim,
        "p_contrary": contrary,
        "p_absent": absent,
        "runs": (5, 5),
        "missing": (0, 0),
        "least_runs": 3,
        "power": np.nan,
        "interest": np.nan,
    }
    return Evidence(**(values | changes))


@pytest.mark.parametrize(
    ("claim", "contrary", "absent", "outcome"),
    [
        (0.05, 1, np.nan, Outcome.REPLICATED),
        (0.01, 1, 0.8, Outcome.REPLICATED),
        (0.01, 1, 0.05, Outcome.PARTLY),
        (1, 0.05, np.nan, Outcome.CONTRADICTED),
        (1, 0.01, 0.01, Outcome.CONTRADICTED),
        (0.3, 0.8, 0.05, Outcome.NOT_REPLICATED),
        (0.051, 0.8, 0.2, Outcome.INCONCLUSIVE),
        (0.3, np.nan, np.nan, Outcome.INCONCLUSIVE),
    ],
)
def test_p_values_decide(claim, contrary, absent, outcome):
    assert decide(evidence(claim, contrary, absent)).outcome is outcome


def test_alpha_is_the_claims_own():
    assert decide(evidence(0.02, alpha=0.01)).outcome is Outcome.INCONCLUSIVE


def test_too_few_runs_decide_nothing():
    found = decide(evidence(1e-9, runs=(2, 10)))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.sentence == (
        "These runs cannot tell: with fewer than 3 runs an arm this test does not keep "
        "its error rate and decides nothing; 2 and 10 runs."
    )


def test_no_estimate_is_no_test():
    found = decide(evidence(np.nan, np.nan, effect=np.nan, runs=(0, 5)))
    assert found.outcome is Outcome.NOT_TESTABLE
    assert found.sentence == "Nothing could be estimated: 0 and 5 runs."


def test_the_sentence_has_effect_interval_margin_and_runs():
    found = decide(evidence(0.01, margin=5.0), RETURN)
    assert found.sentence == (
        "The claim holds: the difference in mean return is 12.3 points (95 % interval "
        "-4 points to 28 points, margin 5 points; 5 and 5 runs)."
    )


def test_an_open_question_says_what_power_it_had():
    found = decide(evidence(power=0.314), RETURN)
    assert found.sentence.endswith(
        "; if the claim were true, runs that vary like these would show it in 31 % of "
        "cases, were this the only test."
    )


@pytest.mark.parametrize(
    ("missing", "words"), [((0, 1), "1 planned run is"), ((2, 1), "3 planned runs are")]
)
def test_incomplete_arms_are_named(missing, words):
    found = decide(evidence(0.01, missing=missing))
    assert found.incomplete
    assert found.sentence.endswith(f" It rests on incomplete arms: {words} missing.")
    assert not decide(evidence(0.01)).incomplete


def test_agreement_has_words_of_its_own():
    found = decide(evidence(0.01, 1, 0.01, test="agreement"))
    assert found.outcome is Outcome.PARTLY
    assert found.sentence.startswith("The runs differ from the published ones, by less")


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567.0, "1230000 steps"), (0.01234, "0.0123 steps"), (-np.inf, "minus")],
)
def test_numbers_are_written_plainly(value, text):
    assert Wording(unit="steps").number(value).startswith(text)


def test_a_claim_without_runs():
    found = untestable("Parkour was never released.")
    assert (found.outcome, found.evidence) == (Outcome.NOT_TESTABLE, ())
    assert found.sentence == "Parkour was never released."


YES, PART, NO = evidence(0.01), evidence(0.01, 1, 0.01), evidence(0.9, 0.9, 0.01)
AGAINST, OPEN = evidence(1, 0.01), evidence()
NONE = evidence(np.nan, effect=np.nan)


@pytest.mark.parametrize(
    ("parts", "rule", "outcome"),
    [
        ([YES, YES], "all", Outcome.REPLICATED),
        ([YES, OPEN], "all", Outcome.PARTLY),
        ([YES, AGAINST], "all", Outcome.PARTLY),
        ([OPEN, AGAINST], "all", Outcome.CONTRADICTED),
        ([OPEN, NO], "all", Outcome.NOT_REPLICATED),
        ([OPEN, OPEN], "all", Outcome.INCONCLUSIVE),
        ([YES, YES, AGAINST], "most", Outcome.REPLICATED),
        ([YES, AGAINST, AGAINST], "most", Outcome.PARTLY),
        ([OPEN, AGAINST, AGAINST], "most", Outcome.CONTRADICTED),
        ([OPEN, AGAINST, NO], "most", Outcome.NOT_REPLICATED),
        ([OPEN, OPEN, AGAINST], "most", Outcome.INCONCLUSIVE),
        ([YES, YES, OPEN, OPEN], "most", Outcome.PARTLY),
        ([YES, AGAINST, NO], "any", Outcome.REPLICATED),
        ([PART, AGAINST], "any", Outcome.PARTLY),
        ([AGAINST, AGAINST], "any", Outcome.CONTRADICTED),
        ([AGAINST, NO], "any", Outcome.NOT_REPLICATED),
        ([AGAINST, OPEN], "any", Outcome.INCONCLUSIVE),
        ([NONE, NONE], "any", Outcome.NOT_TESTABLE),
        ([NONE, YES], "all", Outcome.PARTLY),
        ([YES, YES, AGAINST], 2, Outcome.REPLICATED),
        ([YES, OPEN, AGAINST], 2, Outcome.PARTLY),
        ([OPEN, AGAINST, AGAINST], 2, Outcome.CONTRADICTED),
        ([OPEN, NO, NO], 2, Outcome.NOT_REPLICATED),
    ],
)
def test_several_tests_of_one_claim(parts, rule, outcome):
    assert combine([decide(part) for part in parts], rule).outcome is outcome


LACKING = evidence(missing=(0, 3))


@pytest.mark.parametrize(
    ("parts", "rule", "outcome"),
    [
        ([YES, LACKING], "all", Outcome.INCONCLUSIVE),
        ([YES, PART, LACKING], "most", Outcome.INCONCLUSIVE),
        ([YES, LACKING, AGAINST], "all", Outcome.PARTLY),  # can no longer hold
        ([YES, OPEN, AGAINST, LACKING], 3, Outcome.PARTLY),
        ([evidence(0.01, missing=(1, 0)), OPEN], "all", Outcome.PARTLY),
        ([YES, YES, LACKING], "most", Outcome.REPLICATED),
        ([AGAINST, LACKING], "all", Outcome.CONTRADICTED),
    ],
)
def test_a_claim_that_missing_runs_may_replicate_is_open(parts, rule, outcome):
    assert combine([decide(part) for part in parts], rule).outcome is outcome


def test_a_test_without_any_run_may_be_replicated_as_well():
    unrun = Verdict(Outcome.INCONCLUSIVE, "q-form was not run.", ())
    assert combine([decide(YES), unrun], "all").outcome is Outcome.INCONCLUSIVE


def test_a_combined_sentence_counts():
    found = combine(
        [decide(e) for e in (YES, OPEN, evidence(0.01, missing=(1, 0)))], "most"
    )
    assert found.sentence == (
        "Of 3 tests, most must be replicated: 2 replicated, 1 inconclusive "
        "(underpowered). It rests on incomplete arms: 1 planned run is missing."
    )
    assert len(found.evidence) == 3
    found = combine([decide(YES), decide(OPEN)], 1)
    assert found.sentence.startswith("Of 2 tests, at least 1 must be replicated: ")


@pytest.mark.parametrize("rule", ["some", "", 0, 2])
def test_an_unknown_rule_is_refused(rule):
    with pytest.raises(ValueError, match="allowed: all, most, any"):
        combine([decide(YES)], rule)
    with pytest.raises(ValueError, match="no verdict"):
        combine([], "all")
