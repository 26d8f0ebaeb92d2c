"""MPO for finitely many actions: E-step and M-step with exact sums.

Source: P1, Eqs. 8, 9 and 12 and the Atari runs of Sec. 5.
"""

import torch
from torch import Tensor

from mpo_repro.mpo import categorical, defects, networks
from mpo_repro.mpo.e_step import by_share
from mpo_repro.mpo.multipliers import loss as multiplier_loss
from mpo_repro.training.improvement.improved import ImprovedPolicy
from mpo_repro.training.problem import Problem


def improve(problem: Problem, policy: Tensor, values, settings, found, batch):
    """Returns the loss of policy and multipliers; arguments as `nonparametric`."""
    improvement, epsilon = problem.recipe.improvement, settings["epsilon"]
    new = networks.policy(problem.policy, policy, batch.observations.flatten(0, 1))
    (log_old,), q_values = found.old, found.q_values.T  # [B, K]
    loss = 0.0
    if improvement.temperature == "gradient":
        eta = values["temperature"]
        loss = categorical.dual_value(eta, q_values, log_old, epsilon, found.share)
    weights = found.improved.fitted.T
    if improvement.temperature_loss == "leaked":
        eta = values["temperature"]
        weights = defects.leaked_weights(q_values, log_old, eta)
    moved = categorical.kl(log_old, new.log_probs)
    if improvement.kl == "reversed":
        moved = categorical.kl(new.log_probs, log_old)
    moved = by_share(moved, found.share)
    metrics = {
        "temperature": found.improved.temperature,
        "kl_q_relative": _kl_q(weights, log_old, found.share) / epsilon,
        "kl_joint": moved.mean(),
        "entropy": -(new.log_probs.exp() * new.log_probs).sum(-1).mean(),
    }
    fit = categorical.log_likelihood(new.log_probs, weights)
    fit, price = by_share(fit, found.share), 0.0
    if "epsilon_joint" in settings:
        alpha, bound = values["alpha_joint"], settings["epsilon_joint"]
        price, loss = alpha.detach(), loss + multiplier_loss(alpha, bound, moved)
        metrics["kl_joint_relative"] = moved.mean() / bound
    policy_loss = categorical.lagrangian(fit, moved, price)
    return loss + policy_loss, metrics | {"policy_loss": policy_loss}


def improved_policy(problem: Problem, values, settings, old, actions, q_values: Tensor):
    """Returns q over all actions; see the package."""
    del actions  # all there are
    eta = _temperature(problem, values, settings, old.log_probs, q_values.T)
    weights = _weights(problem, eta, old.log_probs, q_values.T).T
    return ImprovedPolicy(eta, weights, weights)


def _temperature(problem, values, settings, log_old: Tensor, q_values: Tensor):
    if problem.recipe.improvement.temperature == "exact":
        epsilon = settings["epsilon"]
        return categorical.optimal_temperature(q_values, log_old, epsilon)
    return values["temperature"]


def _kl_q(weights: Tensor, log_old: Tensor, share: Tensor | None) -> Tensor:
    return by_share(categorical.kl(weights.detach().log(), log_old), share).mean()


def _weights(problem, eta: Tensor, log_old: Tensor, q_values: Tensor) -> Tensor:
    """q(a|s), shape [B, K]; as some published code has it, without pi_i."""
    if not problem.recipe.improvement.old_policy_in_weights:
        log_old = torch.zeros_like(log_old)
    return categorical.log_weights(q_values, log_old, eta).exp()
