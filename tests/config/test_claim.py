"""Claims: what their files may say, their hash, and errors of one line."""

import pytest

from mpo_repro.config import ConfigError
from mpo_repro.config.claim import load_claim, load_claims


def test_a_claim_is_found_by_its_id_in_either_case(claim):
    assert load_claim("C1") == load_claim("c1") == load_claim(claim)
    assert load_claim("C1").parts[0].treatments == ("wide",)
    assert [one.id for one in load_claims()] == ["C1"]


def test_claims_are_in_the_order_of_letters_and_an_unknown_letter_is_last(
    claim, project
):
    text = claim.read_text()
    for name in ("Z1", "B2", "A1", "D1", "C10", "C2"):
        project.write(
            f"claims/{name.lower()}.yaml", text.replace("id: C1", f"id: {name}")
        )
    found = [one.id for one in load_claims()]
    assert found == ["C1", "C2", "C10", "D1", "A1", "B2", "Z1"]


def test_layout_and_comments_do_not_enter_the_hash_and_every_number_does(
    claim, project
):
    before = load_claim("C1").digest
    text = claim.read_text().replace("id: ", "id:   ")
    project.write("claims/c1.yaml", f"# a word\n{text}")
    assert load_claim("C1").digest == before
    project.edit("claims/c1.yaml", "margin: 0.1", "margin: 0.11")
    assert load_claim("C1").digest != before


def test_returns_are_scaled_by_a_thousand_unless_the_claim_says_otherwise(
    claim, project
):
    assert load_claim("C1").scale("reacher-easy") == (0, 1000)
    project.edit(
        "claims/c1.yaml",
        "family:",
        "scales: {reacher-easy: [-50, 0]}\nscales_reason: so\nfamily:",
    )
    assert load_claim("C1").scale("reacher-easy") == (-50, 0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: C1", "id: C2", "id: given C2; allowed: the file's name, c1"),
        ("id: C1", "id: 1C", "id: given 1C"),
        ("parts:", "not_testable: no\nparts:", "one of the three"),
        ("family: one\n", "", "a family"),
        ("family: one", "family: one\nscales: {a-b: [0, 1]}", "a scales_reason"),
        (
            "family: one",
            "family: one\nscales_reason: x\nscales: {a-b: [1, 1]}",
            "scales that rise",
        ),
        ("{score: final}", "{score: fails}", "a threshold with the score fails"),
        ("{score: final}", "{score: area, fraction: 0.5}", "no fraction"),
        ("{score: final}", "{score: final, hold: 2}", "no hold"),
        ("margin: 0.1", "margin: 0", "parts.0.test.margin: given 0"),
        ("reason: a tenth", "x: 1", "parts.0.test.x: given an unknown key"),
    ],
)
def test_mistakes_are_refused_in_one_line(claim, project, old, new, said):
    project.edit("claims/c1.yaml", old, new)
    with pytest.raises(ConfigError) as error:
        load_claim("C1")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_claim_names_those_there_are(claim):
    with pytest.raises(ConfigError, match="one of c1"):
        load_claim("C9")
