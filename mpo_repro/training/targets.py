"""What the target networks say about a batch: sampled actions, their values, returns.

The values of M sampled actions at the T + 1 states of each sequence serve twice: their
mean bootstraps the critic's targets, and the E-step weighs them. One pass over the
target critic therefore does, and it is most of an update's cost.
"""

from functools import partial
from typing import NamedTuple

from torch import Tensor

from mpo_repro.mpo import distributions, e_step, networks, parametric, retrace
from mpo_repro.training import batches, critics
from mpo_repro.training.improvement import ImprovedPolicy, improved_policy
from mpo_repro.training.problem import Problem, executed


class Targets(NamedTuple):
    """B = S (T + 1) states, M actions each; K actions, all of them, if discrete."""

    old: tuple[Tensor, ...]  # parameters of pi_i, each [B, ...]
    actions: Tensor  # [M, B, A], as drawn
    q_values: Tensor  # [M, B]
    returns: Tensor  # [S, T], targets for Q(s_t, a_t)
    transitions: Tensor  # how many the batch has, scalar
    old_vector: Tensor  # theta_i
    improved: ImprovedPolicy | None  # q, where it is not the policy itself
    of_mean: Tensor | None = None  # [B], Q of the sampler's mean, where it is asked for
    share: Tensor | None = None  # [B], of each state in means over states; None: 1


def targets(
    problem: Problem, state: dict[str, Tensor], settings, batch, noise: Tensor
) -> Targets:
    """Samples pi_i at every state of the batch and evaluates the target critic there.

    Args:
      problem: the run's constants.
      state: as in `update`.
      settings: numbers of policy improvement, scalars.
      batch: `Sequences` of one run (no leading R).
      noise: standard normal, shape [M, S, T + 1, A].
    """
    states = batch.observations.flatten(0, 1)  # [B, O]
    noise = noise.flatten(1, 2)
    improvement = problem.recipe.improvement
    if improvement.method == "parametric" and improvement.antithetic:
        noise = parametric.antithetic(noise)
    old = networks.policy(problem.policy, state["target_policy"], states)
    actions, q_values = _valued(problem, state, old, states, noise)
    improved = improved_policy(problem, state, settings, old, actions, q_values)
    values = _state_values(problem, old, q_values, improved)
    returns = _returns(problem, state, old, values, batch, q_values, improved)
    of_mean = None
    if improvement.method == "parametric":
        drawn = old, actions, q_values
        actions, q_values, of_mean = _parametric(problem, state, drawn, states, noise)
    shown = batches.trained(problem, batch)
    transitions, start = shown.valid.sum(), state["target_policy"]
    parts = tuple(old), actions, q_values, returns, transitions, start, improved
    found = batches.of_trained(problem, Targets(*parts, of_mean), batch)
    return found._replace(share=batches.share(problem, shown))


def _parametric(problem: Problem, state, drawn: tuple, states: Tensor, noise: Tensor):
    """Draws what the parametric method learns from; and Q of the sampler's mean."""
    improvement, of_mean = problem.recipe.improvement, None
    sampler, actions, q_values = drawn
    if improvement.actions == "current":
        sampler = networks.policy(problem.policy, state["policy"], states)
        # An advantage compares all samples; without it those that count will do.
        single = improvement.gradient_actions == "one"
        used = noise[:1] if single and improvement.objective != "advantage" else noise
        actions, q_values = _valued(problem, state, sampler, states, used)
    if improvement.objective == "above_mean":
        within = executed(problem, sampler.mean)
        of_mean = critics.lowest(problem, state["target_critic"], states, within)
    return actions, q_values, of_mean


def _valued(problem: Problem, state, policy, states: Tensor, noise: Tensor):
    """Draws actions at the states, or takes all there are; and their values."""
    if isinstance(policy, distributions.Categorical):
        drawn = policy.all_actions()
    else:
        drawn = policy.sample(noise)
    within = executed(problem, drawn)
    return drawn, critics.lowest(problem, state["target_critic"], states, within)


def _state_values(problem: Problem, old, q_values: Tensor, improved) -> Tensor:
    """The value of each state under the policy that is evaluated, shape [B]."""
    evaluation = problem.recipe.policy_evaluation
    if evaluation.bootstrap == "improved":
        return (improved.weights * q_values).sum(0)
    if isinstance(old, distributions.Categorical):
        return (old.log_probs.exp().T * q_values).sum(0)
    return q_values[0] if evaluation.next_actions == "one" else q_values.mean(0)


def _returns(problem, state, old, values: Tensor, batch, q_values, improved) -> Tensor:
    shape = batch.observations.shape[:2]  # [S, T + 1]
    evaluation = problem.recipe.policy_evaluation
    taken = critics.lowest(
        problem,
        state["target_critic"],
        batch.observations[:, :-1].flatten(0, 1),
        batch.executed.flatten(0, 1),
    )
    taken = taken.view_as(batch.rewards)
    log_probs = _log_probs(old, batch)
    if evaluation.bootstrap == "improved":
        log_probs = _improved_log_probs(
            old, log_probs, improved, batch, taken, q_values
        )
    method = retrace.METHODS[evaluation.method]
    if evaluation.full_returns:
        method = partial(retrace.full_length, method, evaluation.sequence_length)
    return method(
        batch.rewards,
        evaluation.discount * batch.continues,
        values.view(shape),
        taken,
        log_probs - batch.log_probs,
        batch.valid,
    )


def _log_probs(policy, batch) -> Tensor:
    """ln of a policy's density at the actions of replay, nats, shape [S, T]."""
    parts = (_at_transitions(part, batch) for part in policy)
    return distributions.log_prob(type(policy)(*parts), batch.actions)


def _improved_log_probs(old, log_probs, improved, batch, taken, q_values) -> Tensor:
    """The same of q, for Retrace of q."""
    if isinstance(old, distributions.Categorical):
        return _log_probs(distributions.Categorical(improved.weights.T.log()), batch)
    sampled = _at_transitions(q_values.T, batch).movedim(-1, 0)  # [M, S, T]
    return log_probs + e_step.log_ratio(taken, sampled, improved.temperature)


def _at_transitions(part: Tensor, batch) -> Tensor:
    """Drops the last state of each sequence: [B, ...] -> [S, T, ...]."""
    return part.unflatten(0, batch.observations.shape[:2])[:, :-1]
