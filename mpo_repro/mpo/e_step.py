"""E-step: the non-parametric improved policy q and its temperature.

q(a|s) is proportional to pi_i(a|s) exp(Q(s, a) / eta), where eta minimises the dual
g(eta) of max E_q[Q] subject to E_s[KL(q || pi_i)] <= epsilon. All actions are samples
of pi_i, so that q becomes a softmax over them.

Source: P1, Sec. 3.1 (Eqs. 7-9) and Appendix D.2; errata E1, E5, E17.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

SMALLEST_TEMPERATURE = 1e-6  # below it float32 returns of 1e3 / eta lose all digits
NEWTON_STEPS = 24


def dual_value(
    temperature: Tensor,
    q_values: Tensor,
    epsilon: Tensor | float,
    share: Tensor | None = None,
) -> Tensor:
    """Evaluates the dual of the E-step.

    g(eta) = eta epsilon + eta mean_s ln( (1/N) sum_j exp(Q(s, a_j) / eta) )

    Args:
      temperature: eta > 0, scalar, in units of return.
      q_values: target-critic values, shape [N, B], of actions drawn from pi_i.
      epsilon: bound on KL(q || pi_i) averaged over states, in nats.
      share: how much each state counts in the mean, shape [B], mean 1; None: alike.

    Returns:
      g(eta), scalar, in units of return; convex in eta.

    Source: P1, Eq. 9 and Appendix D.2.
    """
    log_sum = torch.logsumexp(q_values / temperature, dim=0)  # [B]
    log_mean = log_sum - math.log(q_values.shape[0])
    return temperature * (epsilon + by_share(log_mean, share).mean())


def by_share(per_state: Tensor, share: Tensor | None) -> Tensor:
    """Returns values of states times their share, so that a mean leaves some out.

    Args:
      per_state: shape [B], or [B, A] of dimensions.
      share: how much each state counts, shape [B], mean 1; None: all alike.
    """
    if share is None:
        return per_state
    return per_state * (share if per_state.dim() == 1 else share.unsqueeze(-1))


def weights(q_values: Tensor, temperature: Tensor) -> Tensor:
    """Returns q as weights of the sampled actions, shape [N, B], summing to 1 over N.

    Args:
      q_values: target-critic values, shape [N, B], of actions drawn from pi_i.
      temperature: eta > 0, scalar, in units of return.

    Source: P1, Eq. 8.
    """
    return torch.softmax(q_values / temperature, dim=0)


def log_ratio(values: Tensor, q_values: Tensor, temperature: Tensor) -> Tensor:
    """Returns ln q(a|s) / pi_i(a|s) of any action at each state, in nats, shape [B].

    The normaliser of q is estimated from the samples.

    Args:
      values: Q(s, a) of these actions, shape [B].
      q_values: target-critic values, shape [N, B], of actions drawn from pi_i.
      temperature: eta > 0, scalar, in units of return.

    Source: P1, Eq. 8.
    """
    log_sum = torch.logsumexp(q_values / temperature, dim=0)
    return values / temperature - log_sum + math.log(q_values.shape[0])


def kl_to_samples(weights: Tensor) -> Tensor:
    """Returns the sampled KL(q || pi_i) of each state, in nats, shape [B].

    Args:
      weights: q over actions drawn from pi_i, shape [N, B], summing to 1 over N.
    """
    count = weights.shape[0]
    return (torch.special.xlogy(weights, weights)).sum(0) + math.log(count)


def optimal_temperature(q_values: Tensor, epsilon: Tensor | float) -> Tensor:
    """Returns the eta that minimises the dual, scalar, in units of return.

    g'(eta) = epsilon - E_s[KL(q || pi_i)], and the KL falls as eta grows (as eta^-2
    when it is small). Newton's method on ln KL as a function of ln eta, kept inside a
    bracket, therefore needs few steps. Where no eta reaches epsilon (few samples or
    equal values) the smallest temperature is returned.

    Args:
      q_values: target-critic values, shape [N, B], of actions drawn from pi_i.
      epsilon: bound on KL(q || pi_i) averaged over states, in nats.

    Source: P1, Eq. 9.
    """
    spread = (q_values.amax(0) - q_values.amin(0)).amax()

    def log_kl_excess(temperature: Tensor) -> tuple[Tensor, Tensor]:
        q = weights(q_values, temperature)
        scaled = (q_values - (q * q_values).sum(0)) / temperature
        variance = (q * scaled.square()).sum(0)
        return excess_and_slope(kl_to_samples(q), variance, epsilon)

    return solve_temperature(log_kl_excess, spread, epsilon)


def solve_temperature(
    log_kl_excess: Callable[[Tensor], tuple[Tensor, Tensor]],
    spread: Tensor,
    epsilon: Tensor | float,
) -> Tensor:
    """Finds where KL(q || pi_i) is epsilon, as `optimal_temperature` says.

    Args:
      log_kl_excess: gives `excess_and_slope` at a temperature.
      spread: largest difference of values in any state, scalar; above
        spread / epsilon the KL is below epsilon.
      epsilon: bound on KL(q || pi_i) averaged over states, in nats.
    """
    low = torch.full_like(spread, SMALLEST_TEMPERATURE).log()
    largest = torch.as_tensor(1.0 / epsilon).clamp(min=1.0).to(spread)
    high = torch.maximum((spread * largest).clamp(min=1e-30).log(), low)
    position = 0.5 * (low + high)
    for _ in range(NEWTON_STEPS):
        excess, slope = log_kl_excess(position.exp())
        low = torch.where(excess > 0, position, low)
        high = torch.where(excess > 0, high, position)
        newton = position - excess / slope
        inside = (newton >= low) & (newton <= high)  # where it has converged, too
        position = torch.where(inside, newton, 0.5 * (low + high))
    return position.exp()


def excess_and_slope(
    kl: Tensor, variance: Tensor, epsilon: Tensor | float
) -> tuple[Tensor, Tensor]:
    """Returns ln KL - ln epsilon of the state mean, and its slope in ln eta.

    Args:
      kl: KL(q || pi_i) per state, in nats, shape [B].
      variance: of Q / eta under q, shape [B]; -eta times the slope of the KL in eta.
      epsilon: the bound, in nats.
    """
    kl = kl.mean().clamp(min=1e-30)
    slope = -(variance.mean() / kl).clamp(min=1e-30)
    return kl.log() - torch.as_tensor(epsilon).log(), slope


def out_of_range_cost(actions: Tensor) -> Tensor:
    """Returns -||a - clip(a, -1, 1)||, the value that keeps actions in range, [N, B].

    Args:
      actions: sampled actions before clipping, shape [N, B, A].

    Source: Abdolmaleki et al., A Distributional View on Multi-Objective Policy
    Optimization, 2020 (the action penalty of Acme's MPO); not in P1.
    """
    return -(actions - actions.clamp(-1, 1)).norm(dim=-1)
