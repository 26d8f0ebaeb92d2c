"""What a certificate accepts, and when it passes."""

import json

import pytest

from mpo_repro.derivations.certificate import (
    CORRECTED,
    HOLDS,
    ONLY_UNDER,
    REFUTED,
    UNDECIDED,
    Certificate,
    Refutation,
)


def make(**changes):
    fields = {
        "name": "some-check",
        "place": "P1",
        "statement": "one is one",
        "method": "symbolic (sympy)",
        "instances": 1,
        "worst_error": 0.0,
        "tolerance": 0.0,
        "verdict": HOLDS,
        "latex": "1=1",
    }
    return Certificate(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({}, True),
        ({"worst_error": 1e-3, "tolerance": 1e-3}, True),
        ({"worst_error": 1.1e-3, "tolerance": 1e-3}, False),
        ({"worst_error": float("nan"), "tolerance": 1.0}, False),
        ({"worst_error": float("inf"), "tolerance": 1.0}, False),
        ({"instances": 0}, False),
        ({"verdict": UNDECIDED}, False),
        ({"refutations": (Refutation("x", 0.5, 0.4),)}, True),
        ({"refutations": (Refutation("x", 0.3, 0.4),)}, False),
        ({"refutations": (Refutation("x", float("nan"), 0.4),)}, False),
        ({"refutations": (Refutation("x", 1, 0.4), Refutation("y", 0, 0.4))}, False),
        ({"verdict": ONLY_UNDER + "a condition"}, True),
    ],
)
def test_it_passes_if_it_held_and_all_that_must_fail_failed(changes, passed):
    assert make(**changes).passed is passed


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Some_Check"},
        {"verdict": "holds, I think"},
        {"verdict": CORRECTED},
        {"verdict": REFUTED},
        {"verdict": REFUTED, "counterexample": "two"},
        {"verdict": CORRECTED, "refutations": (Refutation("x", 1, 0),)},
        {"verdict": CORRECTED, "counterexample": "two"},
    ],
)
def test_a_malformed_certificate_is_refused(changes):
    with pytest.raises(ValueError, match="some-check|Some_Check"):
        make(**changes)


def test_json_holds_every_field_and_no_infinity():
    numbers = (("a", float("inf")), ("b", 2), ("c", float("nan")))
    found = make(numbers=numbers, worst_error=float("inf")).as_dict()
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again["numbers"] == [["a", "inf"], ["b", 2], ["c", "nan"]]
    assert again["worst_error"] == "inf"
    assert again["passed"] is False
