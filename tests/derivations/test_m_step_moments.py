"""The check of what the M-step fits, and that bugs turn it red."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from mpo_repro.derivations import gaussians, m_step_moments, registry
from mpo_repro.derivations.instances import generator, normal
from mpo_repro.mpo import m_step
from mpo_repro.mpo.distributions import kl_covariance, kl_mean

LIKELIHOOD = m_step.weighted_log_likelihood


def _mixed_up(new, old, actions, weights):
    """P1's one likelihood with P2's metric of the old covariance."""
    return m_step.Fit(
        LIKELIHOOD(new.mean, new, actions, weights),
        kl_mean(old.mean, new.mean, metric=old),
        kl_covariance(old, new),
    )


def _flipped(fit, alpha_mean, alpha_covariance):
    penalty = alpha_mean * fit.kl_mean + alpha_covariance * fit.kl_covariance
    return (fit.log_likelihood - penalty).mean()


def test_it_holds_and_is_complete():
    found = registry.run("m-step-moments")
    assert found.passed, found
    assert found.steps and found.assumptions and found.latex


@pytest.mark.parametrize("form", ["coupled", "decoupled"])
def test_a_wrong_m_step_turns_it_red(monkeypatch, form):
    monkeypatch.setitem(m_step.M_STEPS, form, _mixed_up)
    assert not registry.run("m-step-moments").passed


def test_a_flipped_sign_turns_it_red(monkeypatch):
    monkeypatch.setattr(m_step, "lagrangian", _flipped)
    assert not registry.run("m-step-moments").passed


@settings(max_examples=25, deadline=None)
@given(
    size=st.integers(1, 4),
    exponent=st.integers(-6, 6),
    alpha=st.floats(0, 100),
    full=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_the_optimum_has_the_moments_of_the_mixture(size, exponent, alpha, full, seed):
    source = generator(seed)
    draw = gaussians.full if full else gaussians.diagonal
    old = draw((2, size), 10.0**exponent, source)
    actions = old.sample(normal((20, 2, size), source))
    weights = normal((20, 2), source).softmax(0)
    points = gaussians.cubature(old)  # pi_i, as far as its moments go
    mixed = torch.cat([weights, torch.full_like(points[..., 0], alpha / len(points))])
    mean, covariance = m_step_moments.moments(
        torch.cat([actions, points]), mixed / (1 + alpha)
    )
    fitted = m_step_moments.moments(actions, weights)
    found = m_step_moments.optimum("coupled", old, fitted, (alpha, alpha))
    size_squared = 100.0**exponent
    dense = m_step_moments.dense(found)
    if not full:
        covariance = covariance.diagonal(dim1=-2, dim2=-1).diag_embed()
    assert_close(found.mean / 10.0**exponent, mean / 10.0**exponent)
    assert_close(dense / size_squared, covariance / size_squared)
