"""Propositions 1 and 2 over sizes, scales and degenerate policies."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mpo_repro.derivations import instances, tabular
from mpo_repro.derivations import regularised_evaluation as subject
from mpo_repro.mpo import e_step

QUICK = settings(max_examples=15, deadline=None)


def test_the_certificate_passes():
    certificate = subject.regularised_evaluation()
    assert certificate.passed
    assert certificate.errata == ("E7", "E11")  # of both it refutes an item
    assert certificate.worst_error < 1e-11


def test_weights_without_the_temperature_turn_it_red(monkeypatch):
    def wrong(q_values, temperature):
        return torch.softmax(q_values, dim=0)

    monkeypatch.setattr(e_step, "weights", wrong)
    assert not subject.regularised_evaluation().passed


@QUICK
@given(
    st.integers(0, 2**31 - 1),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.sampled_from([1e-6, 1.0, 1e6]),
    st.sampled_from([0.0, 1.0, 8.0]),
)
def test_the_propositions_hold(seed, size, scale, spread):
    source = instances.generator(seed)
    mdp = tabular.random(source, 4, size)
    mdp = mdp._replace(rewards=scale * mdp.rewards)
    policy = tabular.random_policies(source, (4, *size), spread)
    q = tabular.random_policies(source, (4, *size), spread)
    alpha = torch.tensor(0.3 * scale, dtype=tabular.F64)
    errors = subject.propositions(mdp, policy, q, alpha)
    assert max(error.max() for error in errors.values()) < 1e-9


def test_q_equal_to_pi_has_no_penalty():
    source = instances.generator(1)
    mdp = tabular.random(source, 4, (3, 3))
    policy = tabular.random_policies(source, (4, 3, 3))
    rewards = tabular.regularised(mdp, policy, policy, torch.tensor(1.0))
    assert torch.equal(rewards, mdp.rewards)
    printed = subject.printed(mdp, policy, policy)
    assert printed["E7: V = E_q Q for V = E_pi Q"].max() < 1e-12
