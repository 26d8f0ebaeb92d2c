"""Every test can be asked for by name, with what it takes written down."""

import numpy as np
import pytest

from mpo_repro.analysis.statistics import registry
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.verdicts import decide

RNG = np.random.default_rng(0)
LOW, HIGH = RNG.normal(0, 1, (2, 6))
STEPS = 100 + LOW
MANY = np.ones(6, bool)
# Data that show each claim, and the settings that must be given.
CASES = {
    "superiority": ((HIGH + 9, LOW), {}),
    "equivalence": ((HIGH, LOW), {"margin": 9}),
    "non_inferiority": ((HIGH, LOW), {"margin": 9}),
    "suite_superiority": ((HIGH + 9, LOW), {}),
    "suite_equivalence": ((HIGH, LOW), {"margin": 9}),
    "suite_non_inferiority": ((HIGH, LOW), {"margin": 9}),
    "faster": (((STEPS, MANY), (2 * STEPS, MANY)), {"horizon": 500}),
    "rarely_fails": ((np.zeros(6),), {"margin": 0.5}),
    "interaction": (((HIGH + 9, LOW), (HIGH, LOW)), {}),
    "agreement": ((HIGH, LOW), {"margin": 9}),
    "not_below_published": ((HIGH, LOW), {"margin": 9}),
}


def test_every_test_has_a_case():
    assert set(CASES) == set(registry.TESTS)


@pytest.mark.parametrize("name", CASES)
def test_a_claim_maps_on_one_function(name):
    data, given = CASES[name]
    evidence = registry.find(name)(*data, **given, alpha=0.05)
    assert evidence.test == name
    assert evidence.low <= evidence.effect <= evidence.high
    assert decide(evidence).outcome is Outcome.SUPPORTED


@pytest.mark.parametrize("name", CASES)
def test_data_and_settings_are_listed(name):
    data, given = CASES[name]
    assert len(registry.data_names(name)) == len(data)
    settings = registry.setting_names(name)
    assert {key for key, needed in settings.items() if needed} == set(given)
    assert settings["alpha"] is False


def test_an_unknown_test_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="'anova'; allowed: superiority, equivalence"):
        registry.find("anova")
