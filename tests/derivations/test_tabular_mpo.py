"""The algorithm on tables: bounds, the M-step's solution, and improvement."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mpo_repro.derivations import instances, tabular, tabular_mpo
from mpo_repro.mpo import m_step

QUICK = settings(max_examples=20, deadline=None)
SEEDS = st.integers(0, 10**6)
EPSILONS = st.sampled_from([1e-6, 1e-2, 0.1, 1.0, 10.0])


def begun(seed, size=(4, 3), count=3, scale=1.0):
    source = instances.generator(seed)
    mdp = tabular.random(source, count, size)
    mdp = mdp._replace(rewards=scale * mdp.rewards)
    policy = tabular.random_policies(source, (count, *size))
    return tabular_mpo.start(mdp, policy, seed)


@QUICK
@given(SEEDS, EPSILONS, st.booleans())
def test_the_m_step_keeps_its_bound_and_uses_it(seed, epsilon, one_hot):
    source = instances.generator(seed)
    old = tabular.random_policies(source, (3, 4, 3))
    q = tabular.random_policies(source, (3, 4, 3), 50.0 if one_hot else 1.0)
    counts = torch.randint(0, 3, (3, 4), generator=source).double()
    counts[:, 0] += 1
    new = tabular_mpo.m_step(q, counts, old, epsilon)
    kl = (counts * tabular.kl(old, new)).sum(-1) / counts.sum(-1)
    assert torch.allclose(new.sum(-1), torch.ones(3, 4).double())
    assert (kl <= epsilon * (1 + 1e-9)).all()
    reaches_q = torch.isclose(new, q).all(-1).all(-1)
    assert (reaches_q | (kl > 0.9 * epsilon)).all()


def test_the_mixture_minimises_the_lagrangian_of_training():
    source = instances.generator(1)
    old = tabular.random_policies(source, (1, 4, 3))[0]
    q = tabular.random_policies(source, (1, 4, 3))[0]
    multiplier = torch.tensor(0.7, dtype=tabular.F64)
    logits = ((q + multiplier * old) / (1 + multiplier)).log().requires_grad_()
    log_new = logits.log_softmax(-1)
    fit = m_step.Fit(
        log_likelihood=(q * log_new).sum(-1),
        kl_mean=(old * (old.log() - log_new)).sum(-1),
        kl_covariance=torch.zeros(4, dtype=tabular.F64),
    )
    m_step.lagrangian(fit, multiplier, multiplier).backward()
    assert logits.grad.abs().max() < 1e-12


@QUICK
@given(SEEDS, EPSILONS, st.sampled_from([1e-3, 1.0, 1e3]))
def test_exact_iterations_never_lower_any_state_s_value(seed, epsilon, scale):
    run = begun(seed, scale=scale)
    for _ in range(4):
        before = tabular.values(run.mdp, run.policy)
        tabular_mpo.iterate(run, tabular_mpo.Settings(None, epsilon, fitted=False))
        after = tabular.values(run.mdp, run.policy)
        assert (after - before).min() > -1e-9 * scale


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 3), (3, 1), (4, 3)])
def test_degenerate_sizes_run(samples, size):
    run = begun(2, size)
    for _ in range(3):
        tabular_mpo.iterate(run, tabular_mpo.Settings(samples, 0.1, fitted=True))
    assert torch.allclose(run.policy.sum(-1), torch.ones(3, size[0]).double())
    assert run.q_values.isfinite().all()


def test_a_fitted_q_comes_close_to_the_true_one():
    run = begun(3)
    policy = run.policy
    tabular_mpo.SEQUENCES, kept = 200, tabular_mpo.SEQUENCES
    try:
        run = tabular_mpo.start(run.mdp, policy, 3)
        tabular_mpo.collect(run)
        for _ in range(40):
            run.q_values = tabular_mpo.fit(run)
    finally:
        tabular_mpo.SEQUENCES = kept
    truth = tabular.action_values(run.mdp, policy)
    assert (run.q_values - truth).abs().max() < 0.25 * truth.std()


def test_the_replay_forgets():
    run = begun(4)
    for _ in range(tabular_mpo.KEPT + 2):
        tabular_mpo.collect(run)
    assert len(run.replay) == tabular_mpo.KEPT
    states, actions, log_prob = run.replay[0]
    assert states.shape == (3, tabular_mpo.SEQUENCES, tabular_mpo.LENGTH + 1)
    assert actions.shape == log_prob.shape
    assert (run.replay[0][0][..., -1] == run.replay[1][0][..., 0]).all()
