"""The project's own claims: valid, complete, and what power their seeds give them."""

import math
import re

import pytest

from mpo_repro.analysis import (
    claim_check,
    claims,
    flaws,
    registration,
    shapes,
    verdict_table,
)
from mpo_repro.analysis.expected_power import Power, power
from mpo_repro.config import files, load_recipe
from mpo_repro.config.claim import load_claims
from mpo_repro.config.files import CHECKOUT, configs
from mpo_repro.derivations import registry

IDS = [f"C{i}" for i in range(1, 18)] + ["D1", "D2", "D3", "N1", "J1", "R1", "R2"]
IDS += ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]
# To be registered when the study `paper-open-search` has written their arm's recipe.
NOT_YET_REGISTERED = {"A5", "A6"}
# By certificates, or by nothing that there is.
DECIDED_WITHOUT_RUNS = {"C10", "C11", "C12", "C16", "J1", "R2"}


@pytest.fixture(autouse=True)
def checkout(monkeypatch):
    """Reads the configuration of the project, wherever pytest was started."""
    monkeypatch.chdir(CHECKOUT)


@pytest.fixture(params=IDS)
def claim(request, monkeypatch):
    """Each claim in turn."""
    monkeypatch.chdir(CHECKOUT)
    return next(one for one in load_claims() if one.id == request.param)


def test_every_claim_is_there_in_order():
    assert [claim.id for claim in load_claims()] == IDS


def test_its_studies_arms_tasks_tests_and_certificates_exist(claim):
    claim_check.check(claim)
    if claim.certificates:
        assert set(claim.certificates.names) <= set(registry.names())


def test_gymnasium_s_tasks_have_a_scale(claim):
    """Only the suite's returns lie between 0 and 1000."""
    for part, study in zip(
        claim.parts, claim_check.check(claim).values(), strict=False
    ):
        for task in claim_check.tasks_of(part, study):
            suite = not re.search(r"-v\d+$", task)
            assert suite or task in claim.scales


def test_what_cannot_be_tested_says_why():
    assert {c.id for c in load_claims() if c.not_testable} == {"C10", "C11", "C12"}


def test_a_family_is_within_studies_that_are_judged_together():
    """Otherwise a study's report would correct for fewer tests than there are."""
    studies = {}
    for claim in load_claims():
        for part in claim.parts:
            studies.setdefault(claim.family, set()).add(part.base)
    assert {name: found for name, found in studies.items() if len(found) > 1} == {
        "robustness": {"network-size", "buffer-size", "kl-bounds"}
    }


def test_the_register_has_every_claim_as_it_is():
    found = registration.load(configs() / "claims" / registration.FILE)
    due = [claim for claim in load_claims() if claim.id not in NOT_YET_REGISTERED]
    assert {c.id: c.digest for c in due} == {
        name: entry["sha256"] for name, entry in found.items()
    }, "run: mpo-repro claims register"


def test_the_verdicts_file_takes_every_claim(tmp_path):
    found = claims.judge(load_claims(), [], {}, {}, lambda commit: None)
    powers = {claim.id: Power(5, 0.5, 0.1) for claim in load_claims()}
    path, _ = verdict_table.write(verdict_table.document(found, powers, []), tmp_path)
    shapes.check_file(path, verdict_table.read(tmp_path))


def claim_flaws(claim):
    return flaws.of_design(claim, claim_check.check(claim))


def test_power_of_every_claim_at_its_seeds(record_property):
    """The table is shown at the end of the tests."""
    rows = []
    for claim in load_claims():
        found = power(claim, 40)
        assert math.isnan(found.share) == (not claim.parts)
        if claim.parts:
            rows.append(f"{claim.id:4} {found.seeds:3} seeds {found.share:5.0%} power")
            assert set(found.flaws) <= set(claim.despite)
            refused = set(found.flaws) | set(claim_flaws(claim))
            assert refused == set(claim.despite), "a reason for what is no flaw"
        names = {part.test.name for part in claim.parts}
        if found.seeds == 3 and claim.rule == "all":
            # Three runs an arm cannot show that nothing is lost.
            assert not names & {"equivalence", "non_inferiority"} or found.share == 0
    record_property("table", "\n".join(rows))
    without = {claim.id for claim in load_claims() if not claim.parts}
    assert without == DECIDED_WITHOUT_RUNS


def test_a_claim_is_not_registered_before_its_recipe_is_chosen():
    said = files.read(files.locate("paper-open", "recipes"))["description"]
    waits = "has not run" in said
    assert waits == bool(NOT_YET_REGISTERED)
    assert not waits or load_recipe("paper-open") == load_recipe("paper")
