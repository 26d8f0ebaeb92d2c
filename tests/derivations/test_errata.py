"""The list of errata and the certificates that decide them."""

import importlib
import pkgutil

import pytest

from mpo_repro import derivations
from mpo_repro.config import ConfigError
from mpo_repro.config.errata import load_errata
from mpo_repro.derivations import registry

UNDECIDABLE = {"E8", "E9", "E10", "E13", "E14", "E15"}
NO_ERRORS = {"E12", "E16"}
ERRATA = {erratum.id: erratum for erratum in load_errata()}


def test_all_seventeen_are_listed_in_order():
    assert list(ERRATA) == [f"E{number}" for number in range(1, 18)]


def test_what_no_check_can_decide_says_why():
    without = {name for name, erratum in ERRATA.items() if not erratum.certificates}
    assert without == UNDECIDABLE | {"E16"}
    assert all(ERRATA[name].reason for name in without)
    assert {name for name, erratum in ERRATA.items() if not erratum.error} == NO_ERRORS


def declared() -> dict[str, set[str]]:
    """Reads from each check's file which errata it lists, without running it."""
    found: dict[str, set[str]] = {}
    for module in pkgutil.iter_modules(derivations.__path__):
        loaded = importlib.import_module(f"{derivations.__name__}.{module.name}")
        for name in registry.names():
            if registry._checks[name].__module__ == loaded.__name__:
                source = loaded.__spec__.loader.get_source(loaded.__name__)
                ids = {key for key in ERRATA if f'"{key}"' in source}
                found.setdefault(name, set()).update(ids)
    return found


def test_each_named_certificate_exists_and_lists_its_erratum():
    listed = declared()
    for name, erratum in ERRATA.items():
        for certificate in erratum.certificates:
            assert name in listed[certificate], (name, certificate)


def test_each_erratum_that_a_certificate_lists_points_back():
    for certificate, ids in declared().items():
        for name in ids:
            assert certificate in ERRATA[name].certificates, (certificate, name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("errata: [{id: E1, place: p, printed: a, corrected: b}]", "a reason for E1"),
        ("errata: [{id: X1, place: p, printed: a, corrected: b}]", "E"),
        (
            "errata: [{id: E1, place: p, printed: a, corrected: b, error: false,"
            " certificates: [x]}]",
            "why E1 is no error",
        ),
        (
            "errata:\n"
            + 2 * "- {id: E1, place: p, printed: a, corrected: b, reason: c}\n",
            "each id once",
        ),
    ],
)
def test_a_wrong_list_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "errata.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as raised:
        load_errata(path)
    assert "\n" not in str(raised.value)
