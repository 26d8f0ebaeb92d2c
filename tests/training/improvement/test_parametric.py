"""Parametric q and the policy gradients, against torch.distributions."""

import pytest
import torch
from torch import distributions as td
from torch.testing import assert_close

from mpo_repro.training.improvement import parametric


def gradient(loss, vector):
    return torch.autograd.grad(loss, vector, retain_graph=True)[0]


def score(one, as_torch, worth, used):
    """sum of worth * ln pi over samples: what the policy gradient theorem follows."""
    log_probs = as_torch(one.new).log_prob(one.found.actions[:used])
    return (worth[:used] * log_probs).mean(0).mean()


@pytest.mark.parametrize(("name", "used"), [("epg", 7), ("pg", 1)])
def test_gradients_are_the_score_functions(case, as_torch, name, used):
    one = case(name, {"improvement.entropy_scale": 0.25})
    loss, metrics = parametric.improve(*one.given)
    q = one.found.q_values
    # Leave-one-out: each action against the mean of the state's others.
    others = (q.sum(0) - q) / (len(q) - 1)
    entropy = as_torch(one.new).entropy().mean()
    known = -score(one, as_torch, q - others, used) - 0.25 * entropy
    assert_close(
        gradient(loss, one.vector), gradient(known, one.vector), rtol=1e-3, atol=1e-5
    )
    assert_close(metrics["entropy"], entropy)
    assert len(one.values) == 0


@pytest.mark.parametrize("objective", ["advantage", "q_value"])
@pytest.mark.parametrize("actions", ["old", "current"])
def test_bounds_hold_q_first_in_the_metric_of_the_old(
    case, as_torch, objective, actions
):
    changes = {"improvement.objective": objective, "improvement.actions": actions}
    one = case("paper-parametric", changes)
    loss, metrics = parametric.improve(*one.given)
    new, old = as_torch(one.new), as_torch(one.old)
    moved = td.MultivariateNormal(one.new.mean, scale_tril=one.old.cholesky)
    turned = td.MultivariateNormal(one.old.mean, scale_tril=one.new.cholesky)
    kl_mean = td.kl_divergence(moved, old).mean()
    kl_covariance = td.kl_divergence(turned, old).mean()
    q = one.found.q_values
    worth = q - (q.sum(0) - q) / (len(q) - 1) if objective == "advantage" else q
    sampler = (
        old if actions == "old" else as_torch(type(one.new)(*map(_fixed, one.new)))
    )
    ratios = (
        new.log_prob(one.found.actions) - sampler.log_prob(one.found.actions)
    ).exp()
    known = 10.0 * (kl_mean + kl_covariance) - (ratios * worth).mean()
    assert_close(metrics["policy_loss"], known, rtol=1e-4, atol=1e-4)
    assert_close(
        gradient(loss, one.vector), gradient(known, one.vector), rtol=1e-3, atol=1e-4
    )
    assert_close(metrics["kl_mean_relative"], kl_mean / 0.1)
    assert_close(
        metrics["kl_covariance_relative"], kl_covariance / 1e-4, rtol=1e-3, atol=1e-3
    )
    slopes = gradient(loss, one.duals)
    bounds = torch.stack([0.1 - kl_mean, 1e-4 - kl_covariance])
    assert_close(slopes, bounds.detach())


def _fixed(part):
    return part.detach()
