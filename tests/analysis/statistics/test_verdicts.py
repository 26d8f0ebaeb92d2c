"""The rule from evidence to a verdict, line by line, and the sentences."""

import numpy as np
import pytest

from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.verdicts import (
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
    ("claim", "contrary", "direction", "absent", "outcome"),
    [
        (0.05, 1, np.nan, np.nan, Outcome.SUPPORTED),
        (0.01, 1, 0.001, 0.8, Outcome.SUPPORTED),
        (0.06, 1, 0.05, 0.8, Outcome.DIRECTION),
        (1, 1, 0.01, 0.01, Outcome.DIRECTION),
        (1, 0.05, 1, np.nan, Outcome.CONTRADICTED),
        (1, 0.01, 1, 0.01, Outcome.CONTRADICTED),
        (0.3, 0.8, 0.06, 0.05, Outcome.NOT_SUPPORTED),
        (0.051, 0.8, 0.051, 0.2, Outcome.UNDECIDED),
        (0.3, np.nan, np.nan, np.nan, Outcome.UNDECIDED),
    ],
)
def test_p_values_decide(claim, contrary, direction, absent, outcome):
    given = evidence(claim, contrary, absent, p_direction=direction)
    assert decide(given).outcome is outcome


def test_alpha_is_the_claims_own():
    assert decide(evidence(0.02, alpha=0.01)).outcome is Outcome.UNDECIDED


def test_too_few_runs_decide_nothing():
    found = decide(evidence(1e-9, runs=(2, 10)))
    assert found.outcome is Outcome.UNDECIDED
    assert found.sentence == (
        "These runs do not decide: with fewer than 3 runs an arm this test does not "
        "keep its error rate and decides nothing; 2 and 10 runs."
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
    found = decide(evidence(power=0.314, interest=40.0), RETURN)
    assert found.sentence.endswith(
        "; an effect of 40 points would be shown in 31 % of cases by runs that scatter "
        "like these, were this the only test."
    )


@pytest.mark.parametrize(
    ("missing", "words"), [((0, 1), "1 planned run is"), ((2, 1), "3 planned runs are")]
)
def test_incomplete_arms_are_named(missing, words):
    found = decide(evidence(0.01, missing=missing))
    assert found.incomplete
    assert found.sentence.endswith(f" It rests on incomplete arms: {words} missing.")
    assert not decide(evidence(0.01)).incomplete


@pytest.mark.parametrize(
    ("absent", "words"),
    [(1, "that it exceeds the margin is not shown"), (0.01, "smaller than the margin")],
)
def test_a_direction_is_no_effect_of_the_size_that_counts(absent, words):
    found = decide(evidence(1, 1, absent, p_direction=0.01, margin=30.0))
    assert words in found.sentence.partition(":")[0]


def test_the_sentence_has_the_interval_that_decides():
    corrected = evidence(joint=(-9.0, 40.0), members=6)
    text = decide(corrected, RETURN).sentence
    assert "95 % interval -9 points to 40 points, corrected for 6 tests" in text


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


YES, PART = evidence(0.01), evidence(1, 1, 0.01, p_direction=0.01)
NO = evidence(0.9, 0.9, 0.01)
AGAINST, OPEN = evidence(1, 0.01), evidence()
NONE = evidence(np.nan, effect=np.nan)


@pytest.mark.parametrize(
    ("parts", "rule", "outcome"),
    [
        ([YES, YES], "all", Outcome.SUPPORTED),
        ([YES, OPEN], "all", Outcome.PARTLY),
        ([YES, AGAINST], "all", Outcome.PARTLY),
        ([OPEN, AGAINST], "all", Outcome.CONTRADICTED),
        ([OPEN, NO], "all", Outcome.NOT_SUPPORTED),
        ([OPEN, OPEN], "all", Outcome.UNDECIDED),
        ([YES, YES, AGAINST], "most", Outcome.SUPPORTED),
        ([YES, AGAINST, AGAINST], "most", Outcome.PARTLY),
        ([OPEN, AGAINST, AGAINST], "most", Outcome.CONTRADICTED),
        ([OPEN, AGAINST, NO], "most", Outcome.NOT_SUPPORTED),
        ([OPEN, OPEN, AGAINST], "most", Outcome.UNDECIDED),
        ([YES, YES, OPEN, OPEN], "most", Outcome.PARTLY),
        ([YES, AGAINST, NO], "any", Outcome.SUPPORTED),
        ([PART, AGAINST], "any", Outcome.DIRECTION),
        ([PART, YES], "all", Outcome.DIRECTION),
        ([PART, OPEN], "all", Outcome.UNDECIDED),
        ([PART, AGAINST], "all", Outcome.CONTRADICTED),
        ([PART, YES, OPEN], "all", Outcome.PARTLY),
        ([AGAINST, AGAINST], "any", Outcome.CONTRADICTED),
        ([AGAINST, NO], "any", Outcome.NOT_SUPPORTED),
        ([AGAINST, OPEN], "any", Outcome.UNDECIDED),
        ([NONE, NONE], "any", Outcome.NOT_TESTABLE),
        ([NONE, YES], "all", Outcome.PARTLY),
        ([YES, YES, AGAINST], 2, Outcome.SUPPORTED),
        ([YES, OPEN, AGAINST], 2, Outcome.PARTLY),
        ([OPEN, AGAINST, AGAINST], 2, Outcome.CONTRADICTED),
        ([OPEN, NO, NO], 2, Outcome.NOT_SUPPORTED),
    ],
)
def test_several_tests_of_one_claim(parts, rule, outcome):
    assert combine([decide(part) for part in parts], rule).outcome is outcome


LACKING = evidence(missing=(0, 3))


@pytest.mark.parametrize(
    ("parts", "rule", "outcome"),
    [
        ([YES, LACKING], "all", Outcome.UNDECIDED),
        ([YES, PART, LACKING], "most", Outcome.UNDECIDED),
        ([YES, LACKING, AGAINST], "all", Outcome.PARTLY),  # can no longer hold
        ([YES, OPEN, AGAINST, LACKING], 3, Outcome.PARTLY),
        ([evidence(0.01, missing=(1, 0)), OPEN], "all", Outcome.PARTLY),
        ([YES, YES, LACKING], "most", Outcome.SUPPORTED),
        ([AGAINST, LACKING], "all", Outcome.CONTRADICTED),
    ],
)
def test_a_claim_that_missing_runs_may_replicate_is_open(parts, rule, outcome):
    assert combine([decide(part) for part in parts], rule).outcome is outcome


def test_a_test_without_any_run_may_be_replicated_as_well():
    unrun = Verdict(Outcome.NOT_RUN, "q-form was not run.", ())
    assert combine([decide(YES), unrun], "all").outcome is Outcome.UNDECIDED
    assert combine([unrun, unrun], "any").outcome is Outcome.NOT_RUN


def test_a_combined_sentence_counts_and_names():
    labels = [f"a against b on {task}" for task in ("x", "y", "z")]
    given = [decide(e) for e in (YES, OPEN, evidence(0.01, missing=(1, 0)))]
    found = combine(given, "most", labels)
    assert found.sentence == (
        "Of 3 tests, more than half must be supported: 2 supported (x; z), 1 undecided "
        "(y). It rests on incomplete arms: 1 planned run is missing."
    )
    assert len(found.evidence) == 3
    assert found.parts == ()
    found = combine([decide(YES), decide(YES)], "all")
    assert found.sentence == "All 2 tests must be supported: 2 supported."
    found = combine([decide(YES), decide(OPEN)], 1)
    assert found.sentence.startswith("Of 2 tests, at least 1 must be supported: ")


def test_a_claim_that_holds_in_part_names_the_parts():
    labels = ["steps on x", "steps on y", "return on x"]
    found = combine([decide(e) for e in (YES, OPEN, YES)], "all", labels)
    assert found.outcome is Outcome.PARTLY
    assert found.parts == ("steps on x", "return on x")


@pytest.mark.parametrize("rule", ["some", "", 0, 2])
def test_an_unknown_rule_is_refused(rule):
    with pytest.raises(ValueError, match="allowed: all, most, any"):
        combine([decide(YES)], rule)
    with pytest.raises(ValueError, match="no verdict"):
        combine([], "all")
