"""The M-step's bounds in every form, against torch.distributions."""

import pytest
import torch
from torch import distributions as td
from torch.testing import assert_close

from mpo_repro.mpo import prior
from mpo_repro.training.improvement import improved_policy, nonparametric

COUPLED = {"improvement.m_step": "coupled", "improvement.fitted_actions": "sampled"}
UNBOUND = COUPLED | {
    "improvement.epsilon_mean": None,
    "improvement.epsilon_covariance": None,
    "multipliers.alpha_mean": None,
    "multipliers.alpha_covariance": None,
}
JOINT = UNBOUND | {"improvement.epsilon_joint": 0.02, "multipliers.alpha_joint": 5.0}
SOFT = UNBOUND | {"improvement.kl_penalty": 3.0}


def plain_loss(one, as_torch, price):
    """-likelihood + price * KL, plus the temperature's dual, all by torch."""
    new, old = as_torch(one.new), as_torch(one.old)
    weights = (one.found.q_values / one.values["temperature"].detach()).softmax(0)
    likelihood = (weights * new.log_prob(one.found.actions)).sum(0).mean()
    kl = td.kl_divergence(old, new).mean()
    eta, epsilon = one.values["temperature"], one.settings["epsilon"]
    means = (one.found.q_values / eta).exp().mean(0).log()
    return price * kl - likelihood + eta * (epsilon + means.mean()), kl


def same_gradient(one, loss, known):
    (found,) = torch.autograd.grad(loss, one.vector, retain_graph=True)
    (expected,) = torch.autograd.grad(known, one.vector, retain_graph=True)
    assert expected.abs().max() > 1e-3
    assert_close(found, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("changes", "price"), [(UNBOUND, 0.0), (SOFT, 3.0)])
def test_no_bound_and_a_fixed_price(case, as_torch, changes, price):
    one = case("paper", changes)
    loss, metrics = nonparametric.improve(*one.given)
    known, kl = plain_loss(one, as_torch, price)
    assert_close(loss, known)
    assert_close(metrics["kl_joint"], kl)
    same_gradient(one, loss, known)
    assert not any(name.startswith("alpha") for name in one.values)


def test_one_bound_on_the_whole_kl(case, as_torch):
    one = case("paper", JOINT)
    loss, metrics = nonparametric.improve(*one.given)
    known, kl = plain_loss(one, as_torch, 5.0)
    alpha = one.values["alpha_joint"]
    assert_close(loss, known + alpha * (0.02 - kl.detach()))
    assert_close(metrics["kl_joint_relative"], kl / 0.02)
    same_gradient(one, loss, known)
    (slope,) = torch.autograd.grad(loss, one.duals)
    assert_close(slope[list(one.values).index("alpha_joint")], 0.02 - kl.detach())


def test_each_dimension_has_its_own_bound_and_multiplier(case):
    one = case("default", {"improvement.per_dimension": True})
    loss, metrics = nonparametric.improve(*one.given)
    assert one.values["alpha_mean"].shape == (3,)
    (slope,) = torch.autograd.grad(loss, one.duals)
    means, stddevs = (torch.stack(p) for p in zip(one.old, one.new, strict=True))
    moved = 0.5 * ((means[1] - means[0]) / stddevs[0]).square().mean(0)  # [A]
    at = list(one.values).index("alpha_mean")
    assert_close(slope[at : at + 3], 0.1 - moved.detach())
    assert_close(metrics["kl_mean_relative"], moved.mean() / 0.1)
    # Equal prices everywhere: the dimensions' sum is what one bound would weigh.
    together = case("default")
    split, _ = nonparametric.improve(*together.given)
    (found,) = torch.autograd.grad(loss, one.vector, retain_graph=True)
    (known,) = torch.autograd.grad(split, together.vector)
    assert_close(found, known, rtol=1e-4, atol=1e-5)


def test_the_likelihood_can_be_weighed(case):
    losses = {}
    for weight in (1.0, 0.25):
        changes = UNBOUND | {"improvement.likelihood_weight": weight}
        losses[weight] = nonparametric.improve(*case("paper", changes).given)[1]
    assert_close(losses[0.25]["policy_loss"], 0.25 * losses[1.0]["policy_loss"])


@pytest.mark.parametrize("kl", ["inverted_variances", "stddev_as_variance", "reversed"])
def test_a_defect_changes_the_bounds_and_not_the_likelihood(case, kl):
    right = nonparametric.improve(*case().given)[1]
    wrong = nonparametric.improve(*case("default", {"improvement.kl": kl}).given)[1]
    # The default's mean has the metric of the old covariance, and so has the reversed.
    parts = ("covariance",) if kl == "reversed" else ("mean", "covariance")
    for name in (f"kl_{part}_relative" for part in parts):
        assert not torch.isclose(right[name], wrong[name], rtol=1e-2)
    for name in ("temperature", "kl_q_relative", "stddev"):
        assert_close(right[name], wrong[name])


@pytest.mark.parametrize("m_step", ["coupled", "decoupled"])
def test_the_reversed_kl_is_of_the_new_policy_to_the_old(case, as_torch, m_step):
    one = case("default", {"improvement.kl": "reversed", "improvement.m_step": m_step})
    _, metrics = nonparametric.improve(*one.given)
    known = td.kl_divergence(as_torch(one.new), as_torch(one.old)).mean()
    assert_close(metrics["kl_joint"], known)


def test_the_improved_policys_weights_are_the_e_steps(case):
    one = case(changes={"improvement.epsilon_penalty": None})
    constants, _, _, settings, found, _ = one.given
    state = {"multipliers": torch.full_like(one.duals, 2.0).detach()}
    q = improved_policy(
        constants, state, settings, one.old, found.actions, found.q_values
    )
    eta = torch.nn.functional.softplus(torch.tensor(2.0))
    assert_close(q.temperature, eta)
    assert_close(q.weights, (found.q_values / eta).softmax(0))
    assert torch.equal(q.weights, q.fitted)


def test_a_prior_adds_its_form_to_the_likelihood(case, as_torch):
    """The penalty itself is tested with the mathematics."""
    one = case("paper", UNBOUND | {"improvement.prior_precision": 3.0})
    loss, metrics = nonparametric.improve(*one.given)
    known, kl = plain_loss(one, as_torch, 0.0)
    constants, vector, *_, found, batch = one.given
    states = batch.observations[0]
    form = prior.penalty(constants.policy, vector, found.old_vector, states).mean()
    assert form > 0.1 * kl > 0
    assert_close(loss, known + 3.0 * form)
    assert_close(metrics["kl_joint"], kl)
    same_gradient(one, loss, known + 3.0 * form)
