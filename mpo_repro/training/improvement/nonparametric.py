"""MPO with a non-parametric q: E-step on sampled actions, then an M-step.

Source: P1, Alg. 2.
"""

from torch import Tensor

from mpo_repro.mpo import defects, e_step, m_step, networks
from mpo_repro.training.improvement import trust_region
from mpo_repro.training.problem import Problem, executed, named, positive


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
    weights, e_loss, e_metrics = _e_step(problem, values, settings, found)
    m_loss, m_metrics = _m_step(
        problem, policy, values, settings, found, weights, batch
    )
    return e_loss + m_loss, e_metrics | m_metrics


def improved_weights(problem: Problem, duals, settings, old, q_values: Tensor):
    """Returns q over the sampled actions, shape [M, B]; see the package."""
    values = positive(problem, named(problem, duals))
    eta = _temperature(problem, values, settings, q_values)
    return e_step.weights(q_values, eta)


def _temperature(problem: Problem, values, settings, q_values: Tensor) -> Tensor:
    if problem.recipe.improvement.temperature == "exact":
        return e_step.optimal_temperature(q_values, settings["epsilon"])
    return values["temperature"]


def _e_step(problem, values, settings, found):
    """Weights of the sampled actions, and the losses of the temperatures."""
    improvement, q_values = problem.recipe.improvement, found.q_values
    epsilon, loss = settings["epsilon"], 0.0
    temperature = _temperature(problem, values, settings, q_values)
    if improvement.temperature == "gradient":
        loss = defects.DUALS[improvement.dual](temperature, q_values, epsilon)
    weights = e_step.weights(q_values, temperature.detach())
    metrics = {
        "temperature": temperature,
        "kl_q_relative": e_step.kl_to_samples(weights).mean() / epsilon,
    }
    penalty = _penalty(values, settings, found.actions)
    if penalty is not None:
        weights, loss = 0.5 * (weights + penalty[0]), loss + penalty[1]
    return weights, loss, metrics


def _penalty(values, settings, actions: Tensor):
    """Weights that draw actions into range, and their temperature's loss, if any."""
    if "penalty_temperature" in settings:
        cost = e_step.out_of_range_cost(actions)
        temperature = settings["penalty_temperature"]
        return e_step.weights(cost, temperature), 0.0
    if "epsilon_penalty" in settings:
        cost = e_step.out_of_range_cost(actions)
        temperature = values["penalty_temperature"]
        loss = e_step.dual_value(temperature, cost, settings["epsilon_penalty"])
        return e_step.weights(cost, temperature.detach()), loss
    return None


def _m_step(problem, policy, values, settings, found, weights, batch):
    improvement = problem.recipe.improvement
    new = networks.policy(problem.policy, policy, batch.observations.flatten(0, 1))
    old = type(new)(*found.old)
    fits_executed = improvement.fitted_actions == "executed"
    actions = executed(problem, found.actions) if fits_executed else found.actions
    fit = _fit(improvement, new, old, actions, weights)
    price = trust_region.prices(values, settings)
    weighed = fit._replace(
        log_likelihood=settings["likelihood_weight"] * fit.log_likelihood
    )
    loss = m_step.lagrangian(weighed, price.mean, price.covariance)
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
    instead = step(*defects.KL_ARGUMENTS[improvement.kl](new, old), actions, weights)
    return fit._replace(kl_mean=instead.kl_mean, kl_covariance=instead.kl_covariance)


def gaussian_metrics(new) -> dict[str, Tensor]:
    """Diagnostics of a Gaussian policy at the batch's states, scalars."""
    return {
        "stddev": new.marginal_stddev().mean(),
        "mean_out_of_range": (new.mean.abs() > 1).float().mean(),
    }
