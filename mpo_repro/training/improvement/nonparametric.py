"""MPO with a non-parametric q: E-step on sampled actions, then an M-step.

Source: P1, Alg. 2.
"""

from functools import partial

from torch import Tensor

from mpo_repro.mpo import defects, e_step, m_step, networks, prior
from mpo_repro.mpo.e_step import by_share
from mpo_repro.training.improvement import trust_region
from mpo_repro.training.improvement.improved import ImprovedPolicy
from mpo_repro.training.problem import Problem, executed


def improve(problem: Problem, policy: Tensor, values, settings, found, batch):
    """Returns the loss of policy and multipliers, scalar, and diagnostics.

    Args:
      problem: the run's constants.
      policy: parameter vector of pi_theta.
      values: multipliers by name.
      settings: numbers of policy improvement by name, scalars.
      found: `Targets` of one run.
      batch: `Sequences` of one run.
    """
    e_loss, e_metrics = _temperatures(problem, values, settings, found)
    m_loss, m_metrics = _m_step(problem, policy, values, settings, found, batch)
    return e_loss + m_loss, e_metrics | m_metrics


def improved_policy(problem: Problem, values, settings, old, actions, q_values: Tensor):
    """Returns q over the sampled actions; see the package."""
    del old  # whose samples they are
    if problem.recipe.improvement.temperature == "exact":
        eta = e_step.optimal_temperature(q_values, settings["epsilon"])
    else:
        eta = values["temperature"]
    weights = fitted = e_step.weights(q_values, eta)
    own = settings.get("penalty_temperature", values.get("penalty_temperature"))
    if own is not None:
        cost = e_step.out_of_range_cost(actions)
        fitted = 0.5 * (weights + e_step.weights(cost, own))
    return ImprovedPolicy(eta, weights, fitted)


def _temperatures(problem, values, settings, found):
    """The losses of the temperatures that are learnt, and diagnostics of q."""
    improvement, loss = problem.recipe.improvement, 0.0
    epsilon, q = settings["epsilon"], found.improved
    if improvement.temperature == "gradient":
        dual = defects.DUALS[improvement.dual]
        if found.share is not None:  # of the right dual only
            dual = partial(dual, share=found.share)
        loss = dual(values["temperature"], found.q_values, epsilon)
    metrics = {
        "temperature": q.temperature,
        "kl_q_relative": by_share(e_step.kl_to_samples(q.weights), found.share).mean()
        / epsilon,
    }
    if "epsilon_penalty" in settings:
        cost = e_step.out_of_range_cost(found.actions)
        own = values["penalty_temperature"]
        bound = settings["epsilon_penalty"]
        loss = loss + e_step.dual_value(own, cost, bound, found.share)
    return loss, metrics


def _m_step(problem, policy, values, settings, found, batch):
    improvement = problem.recipe.improvement
    states = batch.observations.flatten(0, 1)
    new = networks.policy(problem.policy, policy, states)
    old = type(new)(*found.old)
    fits_executed = improvement.fitted_actions == "executed"
    actions = executed(problem, found.actions) if fits_executed else found.actions
    fit = _fit(improvement, new, old, actions, found.improved.fitted)
    fit = m_step.Fit(*(by_share(part, found.share) for part in fit))
    price = trust_region.prices(values, settings)
    weighed = fit._replace(
        log_likelihood=settings["likelihood_weight"] * fit.log_likelihood
    )
    loss = m_step.lagrangian(weighed, price.mean, price.covariance)
    if "prior_precision" in settings:
        penalty = prior.penalty(problem.policy, policy, found.old_vector, states)
        penalty = by_share(penalty, found.share).mean()
        loss = loss + settings["prior_precision"] * penalty
    dual, metrics = trust_region.dual_loss(
        values, settings, trust_region.Parts(fit.kl_mean, fit.kl_covariance)
    )
    return loss + dual, metrics | {"policy_loss": loss} | gaussian_metrics(new)


def _fit(improvement, new, old, actions: Tensor, weights: Tensor) -> m_step.Fit:
    """The M-step's terms; with `per_dimension` each has an axis A."""
    if improvement.per_dimension:
        new, old = new.dimensions(), old.dimensions()
        actions, weights = actions.unsqueeze(-1), weights.unsqueeze(-1)
    step = m_step.M_STEPS[improvement.m_step]
    fit = step(new, old, actions, weights)
    if improvement.kl == "exact":
        return fit
    instead = defects.KLS[improvement.kl](step, new, old, actions, weights)
    return fit._replace(kl_mean=instead.kl_mean, kl_covariance=instead.kl_covariance)


def gaussian_metrics(new) -> dict[str, Tensor]:
    """Diagnostics of a Gaussian policy at the batch's states, scalars."""
    return {
        "stddev": new.marginal_stddev().mean(),
        "mean_out_of_range": (new.mean.abs() > 1).float().mean(),
    }
