"""What a claim's verdict rests on, and in which words."""

from types import SimpleNamespace

import pytest

from mpo_repro.analysis.judged import Judged, wording


def outcome(p_claim):
    """A test that came out so; None: it has no data."""
    evidence = None if p_claim is None else SimpleNamespace(p_claim=p_claim)
    return SimpleNamespace(evidence=evidence)


@pytest.mark.parametrize(
    ("rule", "decisive"), [("any", 0.01), (2, 0.02), ("most", 0.2), ("all", 0.4)]
)
def test_the_decisive_test_is_the_last_that_the_rule_needs(rule, decisive):
    tests = tuple(map(outcome, (0.2, 0.01, 0.4, 0.02)))
    judged = Judged(SimpleNamespace(rule=rule), None, tests, (), None)
    assert judged.decisive is tests[[0.2, 0.01, 0.4, 0.02].index(decisive)]


def test_tests_without_data_decide_nothing():
    claim = SimpleNamespace(rule=2)
    tests = outcome(None), outcome(float("nan"))
    assert Judged(claim, None, tests, (), None).decisive is None
    one = outcome(0.3)
    assert Judged(claim, None, (*tests, one), (), None).decisive is one


def test_the_step_of_a_measure_is_named():
    measure = SimpleNamespace(score="final", at=None)
    part = SimpleNamespace(test=SimpleNamespace(name="superiority"), measure=measure)
    assert wording(part).effect == "the difference in the final return"
    measure.at = 100_000
    assert wording(part).effect.endswith("the final return at 100,000 steps")
