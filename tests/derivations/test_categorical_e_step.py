"""The check of categorical policies, and that bugs turn it red."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mpo_repro.derivations import categorical_e_step, instances, registry
from mpo_repro.mpo import categorical

KL = categorical.kl


def _without_policy(q_values, log_policy, eta):
    return torch.log_softmax(q_values / eta, -1)


def _dual_without_policy(eta, q_values, log_policy, epsilon):
    return eta * (epsilon + torch.logsumexp(q_values / eta, -1).mean())


def _reversed_m_step(new, old, weights, alpha):
    return (alpha * KL(new, old) - categorical.log_likelihood(new, weights)).mean()


def test_it_holds_and_is_complete():
    found = registry.run("categorical-e-step")
    assert found.passed, found
    assert found.steps and found.assumptions and found.latex


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        ("log_weights", _without_policy),
        ("dual_value", _dual_without_policy),
        ("kl", lambda one, two: KL(two, one)),
        ("lagrangian", _reversed_m_step),
    ],
)
def test_a_wrong_categorical_step_turns_it_red(monkeypatch, function, wrong):
    monkeypatch.setattr(categorical, function, wrong)
    assert not registry.run("categorical-e-step").passed


@settings(max_examples=20, deadline=None)
@given(
    actions=st.integers(2, 10),
    exponent=st.integers(-2, 6),
    seed=st.integers(0, 10_000),
)
def test_samples_in_the_policys_proportions_give_the_same_weights(
    actions, exponent, seed
):
    source = instances.generator(seed)
    case = instances.discrete(4, actions, 20, 10.0**exponent, source)
    eta = categorical.optimal_temperature(case.q_values, case.policy.log(), 0.05)
    errors = categorical_e_step._errors(case, eta)
    errors.pop("KL(q || pi_i) / epsilon - 1")  # measured at another epsilon
    errors.pop("duality gap at eta*")
    errors.pop("eta* - eta* of samples")
    assert max(errors.values()) < 1e-9, errors
