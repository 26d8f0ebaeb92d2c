"""What leads to which erratum and certificate."""

import pytest

from mpo_repro.cli import _topics
from mpo_repro.config.errata import load_errata
from mpo_repro.derivations.registry import UnknownCheckError, written

ERRATA, NAMES = load_errata(), written()


def found(word):
    return _topics.find(word, NAMES, ERRATA)


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda one: one.id)
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_number_leads_to_the_erratum_and_its_certificates(erratum, case):
    assert found(case(erratum.id)) == ((erratum,), erratum.certificates)


@pytest.mark.parametrize("word", ["typo", "misprint", "appendix d", "Typo", "nycu"])
def test_the_typo_of_appendix_d_comes_first(word):
    topic = found(word)
    assert [one.id for one in topic.errata] == ["E1"]
    assert topic.checks[0] == "e-step-lagrangian"
    assert ("nycu-iteration" in topic.checks) is (word == "nycu")


def test_the_typo_is_credited():
    (erratum,) = found("typo").errata
    assert "NYCU" in erratum.reported_by


@pytest.mark.parametrize("name", NAMES)
def test_a_check_s_name_is_that_check_alone(name):
    assert found(name) == ((), (name,))


PARTS = sorted({part for name in NAMES for part in name.split("-")})


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_a_name_leads_to_every_check_that_has_it(part):
    known = {part} if part in NAMES else {n for n in NAMES if part in n.split("-")}
    assert known <= set(found(part).checks)


@pytest.mark.parametrize("word", _topics.WORDS)
def test_a_common_word_leads_to_checks_that_exist(word):
    assert set(found(word).checks) <= set(NAMES)
    assert set(_topics.WORDS[word]) <= set(found(word).checks)


@pytest.mark.parametrize("word", ["E18", "E0", "", "nonsense", "e-step-normalization"])
def test_what_leads_nowhere_is_refused_in_one_line(word):
    with pytest.raises(UnknownCheckError) as refused:
        found(word)
    assert "\n" not in str(refused.value)
