"""How checks are found, and what becomes of one that breaks."""

import pytest

from mpo_repro.derivations import registry
from mpo_repro.derivations.certificate import UNDECIDED

EXPECTED = {
    "advantage",
    "decoupled-kl",
    "dual",
    "dual-bias",
    "dual-sampled",
    "dual-temperature",
    "e-step-lagrangian",
    "e-step-normalisation",
    "elbo",
    "elbo-factorised",
    "fisher-metric",
    "fisher-prior",
    "gaussian-kl",
    "inverted-variances",
    "misread-labels",
}


@pytest.fixture
def checks(monkeypatch):
    """Lets a test register checks of its own."""
    registry.names()
    monkeypatch.setattr(registry, "_checks", dict(registry._checks))


def test_every_file_with_a_check_is_found():
    assert set(registry.names()) >= EXPECTED


def test_an_unknown_name_gives_one_line_with_the_nearest():
    with pytest.raises(registry.UnknownCheckError, match="gaussian-kl") as raised:
        registry.run("gausian-kl")
    assert "\n" not in str(raised.value)


def test_a_check_that_raises_gives_a_red_certificate(checks):
    @registry.check("broken")
    def broken():
        raise ZeroDivisionError("no such thing")

    found = registry.run("broken")
    assert not found.passed
    assert found.verdict == UNDECIDED
    assert "ZeroDivisionError: no such thing" in found.statement


def test_two_modules_cannot_share_a_name(checks):
    with pytest.raises(ValueError, match="elbo is a check of"):
        registry.check("elbo")(lambda: None)
