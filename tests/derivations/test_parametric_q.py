"""The checks of the parametric E-step: their tools, and that bugs turn them red."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from mpo_repro.derivations import (
    gaussians,
    parametric_kl,
    quadratics,
    quadrature,
    registry,
)
from mpo_repro.derivations.instances import F64, generator
from mpo_repro.mpo import parametric
from mpo_repro.mpo.distributions import kl_covariance, kl_mean, log_prob


def improvement(q, old, actions, advantages, ratios=None, metric=None, exchanged=False):
    """`parametric.improvement` with one thing exchanged."""
    if ratios is None:
        ratios = parametric.likelihood_ratios(q, old, actions)
    return parametric.Improvement(
        parametric.expected_advantage(ratios, advantages),
        kl_mean(q.mean, old.mean, metric=metric or old),
        kl_covariance(*((old, q) if exchanged else (q, old))),
    )


def _no_ratio(q, old, actions, advantages):
    log_q = log_prob(q, actions)
    return improvement(q, old, actions, advantages, ratios=log_q)


def _new_metric(q, old, actions, advantages):
    return improvement(q, old, actions, advantages, metric=q)


def _reversed_covariance(q, old, actions, advantages):
    return improvement(q, old, actions, advantages, exchanged=True)


@pytest.mark.parametrize("name", ["parametric-q", "parametric-kl"])
def test_it_holds_and_is_complete(name):
    found = registry.run(name)
    assert found.passed, found
    assert found.steps and found.assumptions and found.latex


@pytest.mark.parametrize(
    ("name", "function", "wrong"),
    [
        ("parametric-q", "improvement", _no_ratio),
        ("parametric-q", "improvement", _new_metric),
        ("parametric-q", "improvement", _reversed_covariance),
        ("parametric-kl", "improvement", _new_metric),
        ("parametric-kl", "improvement", _reversed_covariance),
        ("parametric-q", "expected_advantage", lambda r, a: (r * a).sum(0)),
        ("parametric-q", "advantages", lambda q: q - q.mean(0)),
        ("parametric-q", "lagrangian", lambda i, m, c: -i.value.mean()),
    ],
)
def test_a_wrong_parametric_step_turns_it_red(monkeypatch, name, function, wrong):
    monkeypatch.setattr(parametric, function, wrong)
    assert not registry.run(name).passed


@settings(max_examples=25, deadline=None)
@given(
    size=st.integers(1, 6),
    exponent=st.integers(-6, 6),
    full=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_the_split_sums_to_the_joint_kl_at_any_scale(size, exponent, full, seed):
    draw = gaussians.full if full else gaussians.diagonal
    source = generator(seed)
    q, old = (draw((3, size), 10.0**exponent, source) for _ in range(2))
    points = gaussians.cubature(q)
    joint = (log_prob(q, points) - log_prob(old, points)).mean(0)
    assert_close(sum(parametric_kl.parts(q, old)), joint, rtol=1e-7, atol=1e-9)


def test_both_kls_part_with_the_third_power_of_the_step():
    assert parametric_kl.order(generator(0)) == pytest.approx(3, abs=0.1)


def test_rules_integrate_moments():
    policy = gaussians.full((2, 2), 1.0, generator(1))
    for actions, chance in (quadrature.hermite(policy, 3), quadrature.grid(policy)):
        weights = chance.view(-1, 1, 1)
        mean = (weights * actions).sum(0)
        away = actions - mean
        scatter = (weights.unsqueeze(-1) * away.unsqueeze(-1) * away.unsqueeze(-2)).sum(
            0
        )
        assert_close(mean, policy.mean)
        assert_close(scatter, policy.covariance())


def test_a_rule_passes_for_samples():
    values = torch.tensor([[1.0], [2.0]], dtype=F64)
    chance = torch.tensor([0.25, 0.75], dtype=F64)
    found = quadrature.as_samples(values, chance)
    assert_close(found.mean(0), torch.tensor([1.75], dtype=F64))


def test_gradients_of_a_quadratic_are_those_of_its_expectation():
    source = generator(2)
    value = quadratics.draw((3, 4), 1.0, source)
    q = quadratics.leaf(gaussians.full((3, 4), 1.0, source))
    expected = value(gaussians.cubature(q)).mean(0)
    for found, known in zip(
        value.gradients(q), quadratics.gradients(expected, q), strict=True
    ):
        assert_close(found.detach(), known)
