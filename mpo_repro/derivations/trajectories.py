"""Small MDPs of finite horizon with all their trajectories written out.

Letters: S states, K actions, T steps, J trajectories. pi is uniform over N samples of
actions (see `instances`), so that soft values are values of the E-step's dual.
"""

import itertools
from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.derivations import instances
from mpo_repro.mpo import e_step


class Mdp(NamedTuple):
    """A control problem: start [S], transitions [S, K, S], rewards [S, K].

    policy: pi(a|s), shape [S, K]; actions: its samples, shape [N, S]; horizon: T;
    alpha: the temperature of exp(return / alpha), in units of return.
    """

    start: Tensor
    transitions: Tensor
    rewards: Tensor
    policy: Tensor
    actions: Tensor
    horizon: int
    alpha: Tensor


class Paths(NamedTuple):
    """All trajectories: states and actions [J, T], returns [J]."""

    states: Tensor
    actions: Tensor
    returns: Tensor


def random_mdp(
    source: torch.Generator,
    deterministic: bool,
    one_start: bool = True,
    size: tuple[int, int, int] = (3, 2, 3),
) -> Mdp:
    """Draws an MDP of S, K, T = `size`.

    Args:
      source: the generator.
      deterministic: whether every action leads to one state.
      one_start: whether all trajectories begin in state 0.
      size: S, K, T.
    """
    states, actions, horizon = size
    logits = instances.normal((states, actions, states), source)
    transitions = logits.softmax(-1)
    if deterministic:
        transitions = torch.eye(states, dtype=instances.F64)[logits.argmax(-1)]
    start = torch.eye(states, dtype=instances.F64)[0]
    if not one_start:
        start = instances.normal((states,), source).softmax(-1)
    chosen = instances.counts(states, actions, 5, source)
    rewards = instances.normal((states, actions), source)
    alpha = instances.normal((), source).exp()
    policy, samples = chosen.to(instances.F64) / 5, instances.expand(chosen)
    return Mdp(start, transitions, rewards, policy, samples, horizon, alpha)


def paths(mdp: Mdp) -> Paths:
    """Lists every trajectory, also those of probability 0."""
    pairs = list(itertools.product(*(range(size) for size in mdp.rewards.shape)))
    chosen = torch.tensor(list(itertools.product(pairs, repeat=mdp.horizon)))
    states, actions = chosen.unbind(-1)
    return Paths(states, actions, mdp.rewards[states, actions].sum(-1))


def probability(mdp: Mdp, listed: Paths, policies: Tensor) -> Tensor:
    """Returns the probability of each trajectory, [J], under policies [T, S, K]."""
    states, actions = listed.states, listed.actions
    moves = mdp.transitions[states[:, :-1], actions[:, :-1], states[:, 1:]].prod(-1)
    times = torch.arange(mdp.horizon)
    choices = policies[times, states, actions].prod(-1)
    return mdp.start[states[:, 0]] * moves * choices


def prior(mdp: Mdp, listed: Paths) -> Tensor:
    """Returns p_pi(tau), shape [J]."""
    return probability(mdp, listed, mdp.policy.expand(mdp.horizon, -1, -1))


def lower_bound(mdp: Mdp, listed: Paths, distribution: Tensor) -> Tensor:
    """Returns J(q, pi) = E_q[return / alpha] - KL(q || p_pi), scalar, in nats."""
    log_ratio = torch.special.xlogy(distribution, distribution / prior(mdp, listed))
    log_ratio = torch.where(distribution > 0, log_ratio, 0)
    return (distribution * listed.returns).sum() / mdp.alpha - log_ratio.sum()


def log_evidence(mdp: Mdp, listed: Paths) -> Tensor:
    """Returns log p(O = 1) = log E_pi exp(return / alpha), scalar, in nats."""
    return (prior(mdp, listed).log() + listed.returns / mdp.alpha).logsumexp(0)


def posterior(mdp: Mdp, listed: Paths) -> Tensor:
    """Returns p(tau | O = 1), shape [J]."""
    return (prior(mdp, listed).log() + listed.returns / mdp.alpha).softmax(0)


def soft_induction(mdp: Mdp) -> tuple[Tensor, Tensor]:
    """Returns the best factorised q [T, S, K] and its soft values at time 0, [S].

    One E-step a time step: q_t is pi exp(Q_t / alpha) normalised, and the dual with
    epsilon = 0 is the soft value alpha log E_pi exp(Q_t / alpha).
    """
    values = torch.zeros_like(mdp.start)
    policies = []
    for _ in range(mdp.horizon):
        q_values = mdp.rewards + mdp.transitions @ values
        step = instances.Discrete(q_values, mdp.policy, mdp.actions)
        samples = step.samples
        policies.append(step.collect(e_step.weights(samples, mdp.alpha)))
        duals = [e_step.dual_value(mdp.alpha, q, 0.0) for q in samples.T.unsqueeze(-1)]
        values = torch.stack(duals)
    return torch.stack(policies[::-1]), values


def augmented_value(mdp: Mdp, policies: Tensor) -> Tensor:
    """Returns the value of q with reward r - alpha log(q / pi), scalar.

    Args:
      mdp: the problem.
      policies: q_t(a|s), shape [T, S, K].
    """
    values = torch.zeros_like(mdp.start)
    for policy in policies.flip(0):
        q_values = mdp.rewards + mdp.transitions @ values
        cost = mdp.alpha * torch.special.xlogy(policy, policy / mdp.policy)
        values = (policy * q_values - cost).sum(-1)
    return mdp.start @ values
