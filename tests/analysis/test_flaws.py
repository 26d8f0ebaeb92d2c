"""Designs that could not decide: each is refused, and kept for a reason."""

import pytest

from mpo_repro.analysis import claim_check, expected_power, flaws
from mpo_repro.analysis.expected_power import power
from mpo_repro.config import ConfigError
from mpo_repro.config.claim import Claim

TASK = "cartpole-swingup"


@pytest.fixture(autouse=True)
def study(make, root):
    """A study of three arms, two of them with the same settings under two names."""
    arms = {"reference": make.ARMS["reference"], "wide": make.ARMS["wide"]}
    arms["twin"] = arms["reference"] | {"label": "the same"}
    arms["path"] = arms["reference"] | {"label": "executed", "execution": "plain"}
    arms["few"] = arms["wide"] | {"label": "few", "seeds": [0, 1, 2]}
    return make.write_study(root, tasks=[TASK], seeds=list(range(6)), arms=arms)


def claim(test="superiority", expected=None, score=None, margin=0.1, **changes):
    """A claim that `wide`, or another arm, does better than the reference."""
    part = {
        "name": "one",
        "study": "made",
        "treatments": [changes.pop("arm", "wide")],
        "reference": "reference",
        "measure": score or {"score": "final"},
        "test": {"name": test, "margin": margin, "reason": "made up"},
        "expected": {"effect": 0.4, "sd": 0.1, "reason": "guessed"} | (expected or {}),
    }
    said = {"id": "C1", "title": "t", "words": "w", "source": "s", "family": "f"}
    return Claim.model_validate(said | {"parts": [part]} | changes)


FASTER = {"test": "faster", "score": {"score": "steps_to", "threshold": 0.5}}


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"expected": {"ceiling": 0.05}}, "ceiling"),
        ({"expected": {"ceiling": 0.1}}, "ceiling"),  # the margin, and not more
        ({"expected": {"ceiling": 0.3}}, "ceiling"),  # less than is expected
        ({"margin": 1.0}, "ceiling"),
        ({"expected": {"effect": 1.2}}, "ceiling"),
        (FASTER | {"margin": 11.0}, "ceiling"),  # evaluated ten times in all
        ({"arm": "twin"}, "identical"),
    ],
)
def test_what_cannot_be_shown_is_refused_when_it_is_read(changes, flaw):
    with pytest.raises(ConfigError, match=rf"claim C1: despite\.{flaw}: given nothing"):
        claim_check.check(claim(**changes))
    kept = claim(**changes, despite={flaw: "It was not known."})
    assert flaw in flaws.of_design(kept, claim_check.check(kept))


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"expected": {"effect": 0.1}}, "power"),
        ({"expected": {"effect": 0.2, "sd": 0.4}}, "power"),
        ({"test": "equivalence", "expected": {"effect": 0.0}, "arm": "few"}, "power"),
    ],
)
def test_what_would_hardly_be_shown_is_refused_when_it_is_registered(changes, flaw):
    weak = claim(**changes)
    claim_check.check(weak)
    found = power(weak, 50)
    assert flaw in found.flaws
    with pytest.raises(ConfigError, match=r"claim C1: despite\.") as error:
        expected_power.refuse(weak, found)
    assert "\n" not in str(error.value)
    reasons = dict.fromkeys(found.flaws, "It is cheap.")
    expected_power.refuse(claim(**changes, despite=reasons), found)


def test_a_test_that_no_simulated_study_supports_is_named():
    never = claim("equivalence", {"effect": 0.0}, arm="few")  # it needs four runs
    assert power(never, 20).never == ("one",)
    assert "impossible" in power(never, 20).flaws


def test_a_sound_design_is_not_refused():
    sound = claim()
    claim_check.check(sound)
    assert power(sound, 50).flaws == {}


def test_no_more_than_the_ceiling_is_simulated():
    low = claim(expected={"ceiling": 0.12}, despite={"ceiling": "so"})
    assert power(low, 50).share < 0.2 < power(claim(), 50).share


def test_reasons_and_extent_are_no_part_of_the_design():
    one = claim()
    noted = claim(
        expected={"source": "guess", "ceiling": 0.9},
        despite={"power": "It is cheap."},
        extent={"steps": 1_000_000, "tasks": 18},
    )
    assert noted.digest == one.digest
    assert claim(margin=0.2).digest != one.digest


def test_arms_of_other_execution_paths_are_not_identical():
    claim_check.check(claim(arm="path"))
