"""One update's targets and losses for one run: `mpo_repro.mpo` put together.

The values of M sampled actions at the T + 1 states of each sequence serve twice: their
mean bootstraps the critic's targets, and the E-step weighs them. One pass over the
target critic therefore does, and it is most of an update's cost.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.config.recipe import Recipe
from mpo_repro.mpo import distributions, e_step, m_step, multipliers, networks, retrace

MULTIPLIERS = ("temperature", "alpha_mean", "alpha_covariance", "penalty_temperature")
SETTINGS = (
    "epsilon",
    "epsilon_mean",
    "epsilon_covariance",
    "epsilon_penalty",
    "penalty_temperature",
)


class Problem(NamedTuple):
    """What is fixed for a run and decides the shape of its computation."""

    policy: networks.PolicyNetwork
    critic: networks.CriticNetwork
    evaluation: str
    discount: float
    m_step: str
    exact_temperature: bool
    fits_executed: bool
    penalty: str | None  # of out-of-range actions: "bounded", "fixed" or none
    gradient_norm: float | None  # at most, of policy's and critic's gradients


class Targets(NamedTuple):
    """What the target networks say about a batch; B = S (T + 1) states."""

    mean: Tensor  # [B, A], of pi_i
    scale: Tensor  # [B, A] or [B, A, A]: stddev or Cholesky factor of pi_i
    actions: Tensor  # [M, B, A], drawn from pi_i
    q_values: Tensor  # [M, B]
    returns: Tensor  # [S, T], targets for Q(s_t, a_t)


def problem(recipe: Recipe, observation_size: int, action_size: int) -> Problem:
    """Reads from a recipe what the computation needs."""
    policy, critic = recipe.policy, recipe.critic
    policy_torso = networks.Torso(policy.hidden, policy.activation, policy.layer_norm)
    critic_torso = networks.Torso(critic.hidden, critic.activation, critic.layer_norm)
    return Problem(
        policy=networks.PolicyNetwork(
            observation_size,
            action_size,
            policy_torso,
            policy.covariance,
            policy.mean,
            policy.initial_stddev,
            policy.minimum_stddev,
        ),
        critic=networks.CriticNetwork(observation_size, action_size, critic_torso),
        evaluation=recipe.policy_evaluation.method,
        discount=recipe.policy_evaluation.discount,
        m_step=recipe.improvement.m_step,
        exact_temperature=recipe.improvement.temperature == "exact",
        fits_executed=recipe.improvement.fitted_actions == "executed",
        penalty=_penalty_kind(recipe),
        gradient_norm=recipe.optimisation.gradient_norm,
    )


def _penalty_kind(recipe: Recipe) -> str | None:
    if recipe.improvement.epsilon_penalty is not None:
        return "bounded"
    return "fixed" if recipe.improvement.penalty_temperature is not None else None


def targets(
    problem: Problem, target_policy: Tensor, target_critic: Tensor, batch, noise: Tensor
) -> Targets:
    """Samples pi_i at every state of the batch and evaluates the target critic there.

    Args:
      problem: the run's constants.
      target_policy: parameter vector of pi_i.
      target_critic: parameter vector of Q'.
      batch: `Sequences` of one run (no leading R).
      noise: standard normal, shape [M, S, T + 1, A].
    """
    shape = batch.observations.shape[:-1]  # [S, T + 1]
    states = batch.observations.flatten(0, 1)  # [B, O]
    old = networks.policy(problem.policy, target_policy, states)
    actions = old.sample(noise.flatten(1, 2))  # [M, B, A]
    q_values = networks.critic(
        problem.critic, target_critic, states, actions.clamp(-1, 1)
    )
    taken = networks.critic(
        problem.critic,
        target_critic,
        batch.observations[:, :-1].flatten(0, 1),
        batch.executed.flatten(0, 1),
    )
    at_transitions = type(old)(*(part.unflatten(0, shape)[:, :-1] for part in old))
    log_ratios = distributions.log_prob(at_transitions, batch.actions) - batch.log_probs
    returns = retrace.METHODS[problem.evaluation](
        batch.rewards,
        problem.discount * batch.continues,
        q_values.mean(0).view(shape),
        taken.view_as(batch.rewards),
        log_ratios,
        batch.valid,
    )
    return Targets(*old, actions, q_values, returns)


def losses(
    problem: Problem,
    policy: Tensor,
    critic: Tensor,
    duals: Tensor,
    settings: Tensor,
    targets: Targets,
    batch,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Returns the sum of all losses, scalar, and diagnostics.

    Policy, critic and multipliers share no parameter, so one backward pass over the sum
    gives each its own gradient.

    Args:
      problem: the run's constants.
      policy: parameter vector of pi_theta.
      critic: parameter vector of Q.
      duals: free parameters of MULTIPLIERS, shape [4].
      settings: values of SETTINGS, shape [5].
      targets: what the target networks say.
      batch: `Sequences` of one run.
    """
    critic_loss, critic_metrics = _critic_loss(problem, critic, targets, batch)
    values = multipliers.positive(duals)
    weights, e_loss, e_metrics = _e_step(problem, values, settings, targets)
    m_loss, m_metrics = _m_step(
        problem, policy, values, settings, targets, weights, batch
    )
    metrics = critic_metrics | e_metrics | m_metrics
    metrics |= dict(zip(MULTIPLIERS, values, strict=True))
    if problem.exact_temperature:
        metrics["temperature"] = e_metrics["temperature"]
    return critic_loss + e_loss + m_loss, metrics


def _critic_loss(problem, critic, targets, batch):
    predicted = networks.critic(
        problem.critic,
        critic,
        batch.observations[:, :-1].flatten(0, 1),
        batch.executed.flatten(0, 1),
    ).view_as(targets.returns)
    error = (predicted - targets.returns).square() * batch.valid
    loss = 0.5 * error.sum() / batch.valid.sum().clamp(min=1)
    return loss, {"critic_loss": loss, "q_value": targets.q_values.mean()}


def _e_step(problem, values, settings, targets):
    """Weights of the sampled actions, and the losses of the temperatures."""
    epsilon, q_values = settings[0], targets.q_values
    if problem.exact_temperature:
        temperature = e_step.optimal_temperature(q_values, epsilon)
        loss = torch.zeros_like(temperature)
    else:
        temperature = values[0]
        loss = e_step.dual_value(temperature, q_values, epsilon)
    weights = e_step.weights(q_values, temperature.detach())
    metrics = {
        "temperature": temperature,
        "kl_q_relative": e_step.kl_to_samples(weights).mean() / epsilon,
    }
    if problem.penalty is not None:
        penalty_weights, penalty_loss = _penalty(problem, values, settings, targets)
        weights, loss = 0.5 * (weights + penalty_weights), loss + penalty_loss
    return weights, loss, metrics


def _penalty(problem, values, settings, targets):
    """Weights that draw actions into range, and the loss of their temperature."""
    cost = e_step.out_of_range_cost(targets.actions)
    if problem.penalty == "fixed":
        temperature = settings[4]
        return e_step.weights(cost, temperature), torch.zeros_like(temperature)
    loss = e_step.dual_value(values[3], cost, settings[3])
    return e_step.weights(cost, values[3].detach()), loss


def _m_step(problem, policy, values, settings, targets, weights, batch):
    states = batch.observations.flatten(0, 1)
    new = networks.policy(problem.policy, policy, states)
    old = type(new)(targets.mean, targets.scale)
    actions = targets.actions.clamp(-1, 1) if problem.fits_executed else targets.actions
    fit = m_step.M_STEPS[problem.m_step](new, old, actions, weights)
    _, alpha_mean, alpha_covariance, _ = values
    _, epsilon_mean, epsilon_covariance, *_ = settings
    loss = m_step.lagrangian(fit, alpha_mean.detach(), alpha_covariance.detach())
    dual = multipliers.loss(alpha_mean, epsilon_mean, fit.kl_mean)
    dual = dual + multipliers.loss(
        alpha_covariance, epsilon_covariance, fit.kl_covariance
    )
    metrics = {
        "policy_loss": loss,
        "kl_mean_relative": fit.kl_mean.mean() / epsilon_mean,
        "kl_covariance_relative": fit.kl_covariance.mean() / epsilon_covariance,
        "stddev": new.marginal_stddev().mean(),
        "mean_out_of_range": (new.mean.abs() > 1).float().mean(),
    }
    return loss + dual, metrics
