"""Random MDPs whose values, visits and best policies are known exactly.

Letters: R MDPs side by side, S states, K actions. Everything is float64 and can be
differentiated. A policy pi on K actions enters `mpo_repro.mpo.e_step` as K samples of
equal weight whose value is Q + eta ln(K pi): the sum over samples is then the
expectation under pi, at every temperature eta.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.derivations import instances
from mpo_repro.mpo import e_step, retrace

F64 = torch.float64
SMALLEST = 1e-300  # a smaller probability counts nothing, but has no logarithm
BISECTIONS = 60  # of ln eta within 60
POLICY_SWEEPS = 30
SOFT_SWEEPS = 12  # soft policy iteration squares its error in each


class Mdp(NamedTuple):
    """R continuing MDPs that start in state 0.

    transitions: p(s'|s, a), shape [R, S, K, S]; rewards: shape [R, S, K];
    discount: gamma below 1.
    """

    transitions: Tensor
    rewards: Tensor
    discount: float


def random(
    source: torch.Generator,
    count: int,
    size: tuple[int, int],
    discount: float = 0.9,
    sharpness: float = 1.0,
) -> Mdp:
    """Draws `count` MDPs of S, K = `size` with standard normal rewards.

    Args:
      source: the generator.
      count: R.
      size: S and K.
      discount: gamma.
      sharpness: standard deviation of the transitions' logits: at 1 every state
        follows every other, at 20 nearly always the same one.
    """
    states, actions = size
    logits = sharpness * instances.normal((count, states, actions, states), source)
    rewards = instances.normal((count, states, actions), source)
    return Mdp(logits.softmax(-1), rewards, discount)


def random_policies(
    source: torch.Generator, shape: tuple[int, ...], scale: float = 1.0
) -> Tensor:
    """Draws policies [R, S, K] with normal logits of standard deviation `scale`."""
    return (scale * instances.normal(shape, source)).softmax(-1)


def resolvent(mdp: Mdp, policy: Tensor) -> Tensor:
    """Returns I - gamma P^policy, shape [R, S, S]."""
    moves = torch.einsum("rsk,rskt->rst", policy, mdp.transitions)
    return torch.eye(moves.shape[-1], dtype=F64) - mdp.discount * moves


def values(mdp: Mdp, policy: Tensor, rewards: Tensor | None = None) -> Tensor:
    """Returns V^policy, shape [R, S], also for other rewards [R, S, K]."""
    rewards = mdp.rewards if rewards is None else rewards
    expected = (policy * rewards).sum(-1)
    return torch.linalg.solve(resolvent(mdp, policy), expected)


def visits(mdp: Mdp, policy: Tensor) -> Tensor:
    """Returns sum_t gamma^t p(s_t = s) from state 0 under `policy`, shape [R, S]."""
    matrix = resolvent(mdp, policy)
    start = torch.zeros_like(matrix[..., 0])
    start[..., 0] = 1
    return torch.linalg.solve(matrix.mT, start)


def backup(mdp: Mdp, values: Tensor, rewards: Tensor | None = None) -> Tensor:
    """Returns r + gamma E V(s'), shape [R, S, K], from the targets of training.

    Every (s, a, s') is a sequence of one transition for `retrace.retrace`; the targets
    are averaged with p(s'|s, a).

    Args:
      mdp: the MDPs.
      values: V, shape [R, S].
      rewards: other rewards than the MDPs' own, shape [R, S, K].
    """
    rewards = mdp.rewards if rewards is None else rewards
    shape = mdp.transitions.shape
    reward = rewards.unsqueeze(-1).expand(shape).reshape(-1, 1)
    after = values[:, None, None, :].expand(shape).reshape(-1)
    targets = retrace.retrace(
        rewards=reward,
        discounts=torch.full_like(reward, mdp.discount),
        values=torch.stack([torch.zeros_like(after), after], 1),
        q_values=torch.zeros_like(reward),
        log_ratios=torch.zeros_like(reward),
        valid=torch.ones_like(reward),
    )
    return (mdp.transitions * targets.reshape(shape)).sum(-1)


def action_values(mdp: Mdp, policy: Tensor) -> Tensor:
    """Returns Q^policy, shape [R, S, K]."""
    return backup(mdp, values(mdp, policy))


def improved(q_values: Tensor, policy: Tensor, temperature: Tensor) -> Tensor:
    """Returns q proportional to pi exp(Q / eta) from `e_step.weights`, [R, S, K].

    Args:
      q_values: Q, shape [R, S, K].
      policy: pi, same shape.
      temperature: eta, scalar.
    """
    samples = _as_samples(q_values, policy, temperature)
    found = e_step.weights(samples, temperature)
    return found.T.reshape(q_values.shape)


def soft_values(q_values: Tensor, policy: Tensor, temperature: Tensor) -> Tensor:
    """Returns eta ln E_pi exp(Q / eta) from `e_step.dual_value`, shape [R, S].

    The dual of a single state with epsilon = 0 is that state's soft value.
    """
    samples = _as_samples(q_values, policy, temperature).T.unsqueeze(-1)
    dual = torch.vmap(e_step.dual_value, in_dims=(None, 0, None))
    return dual(temperature, samples, 0.0).reshape(q_values.shape[:-1])


def _as_samples(q_values: Tensor, policy: Tensor, temperature: Tensor) -> Tensor:
    count = q_values.shape[-1]
    shifted = q_values + temperature * (count * policy).log()
    return shifted.reshape(-1, count).T  # [K, R * S]


def kl(first: Tensor, second: Tensor) -> Tensor:
    """Returns KL(first || second) of each state, in nats, shape [R, S]."""
    return (first * (first.clamp(min=SMALLEST).log() - second.log())).sum(-1)


def regularised(mdp: Mdp, policy: Tensor, q: Tensor, alpha: Tensor) -> Tensor:
    """Returns the rewards r - alpha ln(q / pi), shape [R, S, K].

    Source: P1, Appendix A.1.
    """
    return mdp.rewards - alpha * (q.clamp(min=SMALLEST).log() - policy.log())


def best_regularised(mdp: Mdp, policy: Tensor, alpha: Tensor) -> Tensor:
    """Returns the q that maximises V_alpha^{pi, q} in every state, shape [R, S, K].

    Soft policy iteration: E-steps in which Q is that of q itself, regularised.
    """
    q = policy
    for _ in range(SOFT_SWEEPS):
        inner = values(mdp, q, regularised(mdp, policy, q, alpha))
        q = improved(backup(mdp, inner), policy, alpha)
    return q


def best_values(mdp: Mdp) -> Tensor:
    """Returns V* by policy iteration, shape [R, S]."""
    found = values(mdp, torch.full_like(mdp.rewards, 1 / mdp.rewards.shape[-1]))
    for _ in range(POLICY_SWEEPS):
        chosen = backup(mdp, found).argmax(-1)
        greedy = torch.nn.functional.one_hot(chosen, mdp.rewards.shape[-1])
        found = values(mdp, greedy.to(F64))
    return found


def bounded(q_values: Tensor, policy: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """Returns q under E_s[KL(q || pi)] = epsilon, [R, S, K], and its eta, [R].

    The states have equal weight. Bisection in ln eta, measured in the largest spread of
    a state's values: pi has no equal weights, which `e_step.optimal_temperature` takes
    for granted.
    """
    improve = torch.vmap(improved)
    spread = (q_values.amax(-1) - q_values.amin(-1)).amax(-1).clamp(min=1e-200)
    low, high = spread.log() - 40.0, spread.log() + 20.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        q = improve(q_values, policy, middle.exp())
        above = kl(q, policy).mean(-1) > epsilon
        low, high = torch.where(above, middle, low), torch.where(above, high, middle)
    return improve(q_values, policy, high.exp()), high.exp()
