"""MPO with a finite number of actions, where every sum over actions is exact.

K is the number of actions. Policies are given by their log-probabilities, [B, K]. The
actions are no samples of pi_i, so that pi_i stands in the dual AND in the weights:
q(a|s) is proportional to pi_i(a|s) exp(Q(s, a) / eta). A softmax of Q / eta alone
is the answer for a uniform pi_i.

Source: P1, Eqs. 7-9 and 12; Sec. 5 (the policies of its Atari runs).
"""

import torch
from torch import Tensor

from mpo_repro.mpo import e_step


def dual_value(
    temperature: Tensor,
    q_values: Tensor,
    log_policy: Tensor,
    epsilon: Tensor | float,
    share: Tensor | None = None,
) -> Tensor:
    """Evaluates the dual of the E-step.

    g(eta) = eta epsilon + eta mean_s ln( sum_a pi_i(a|s) exp(Q(s, a) / eta) )

    Args:
      temperature: eta > 0, scalar, in units of return.
      q_values: values of all actions, shape [B, K].
      log_policy: ln pi_i(a|s), shape [B, K]; -inf where an action has no chance.
      epsilon: bound on KL(q || pi_i) averaged over states, in nats.
      share: as in `e_step.dual_value`.

    Returns:
      g(eta), scalar, in units of return; convex in eta.

    Source: P1, Eq. 9.
    """
    log_mean = torch.logsumexp(q_values / temperature + log_policy, dim=-1)  # [B]
    return temperature * (epsilon + e_step.by_share(log_mean, share).mean())


def log_weights(q_values: Tensor, log_policy: Tensor, temperature: Tensor) -> Tensor:
    """Returns ln q(a|s), shape [B, K]; arguments as in `dual_value`.

    Source: P1, Eq. 8.
    """
    return torch.log_softmax(q_values / temperature + log_policy, dim=-1)


def optimal_temperature(
    q_values: Tensor, log_policy: Tensor, epsilon: Tensor | float
) -> Tensor:
    """Returns the eta that minimises the dual, scalar, in units of return.

    Where no eta reaches epsilon (it is above the mean of -ln pi_i of the best actions,
    or all values are equal) the smallest temperature is returned.

    Args:
      q_values: values of all actions, shape [B, K].
      log_policy: ln pi_i(a|s), shape [B, K].
      epsilon: bound on KL(q || pi_i) averaged over states, in nats.

    Source: P1, Eq. 9.
    """
    spread = (q_values.amax(-1) - q_values.amin(-1)).amax()

    def log_kl_excess(temperature: Tensor) -> tuple[Tensor, Tensor]:
        log_q = log_weights(q_values, log_policy, temperature)
        q = log_q.exp()
        mean = (q * q_values).sum(-1, keepdim=True)
        variance = (q * ((q_values - mean) / temperature).square()).sum(-1)
        return e_step.excess_and_slope(kl(log_q, log_policy), variance, epsilon)

    return e_step.solve_temperature(log_kl_excess, spread, epsilon)


def kl(log_first: Tensor, log_second: Tensor) -> Tensor:
    """Returns KL(first || second) of each state, in nats, shape [B].

    The E-step bounds KL(q || pi_i), the M-step KL(pi_i || pi_theta): old first, new
    second. Infinite where only `second` gives an action no chance.

    Args:
      log_first: log-probabilities, shape [B, K]; -inf counts as 0 ln 0 = 0.
      log_second: log-probabilities, shape [B, K].
    """
    possible = log_first > -torch.inf
    ratio = torch.where(possible, log_first, 0) - torch.where(possible, log_second, 0)
    return (log_first.exp() * ratio).sum(-1)


def log_likelihood(log_policy: Tensor, weights: Tensor) -> Tensor:
    """Returns sum_a q(a|s) ln pi_theta(a|s), in nats, shape [B].

    Args:
      log_policy: ln pi_theta(a|s), shape [B, K].
      weights: q(a|s), shape [B, K], summing to 1 over K.

    Source: P1, Eq. 12.
    """
    return torch.where(weights > 0, weights * log_policy, 0).sum(-1)


def lagrangian(likelihood: Tensor, kl_joint: Tensor, alpha: Tensor | float) -> Tensor:
    """Returns what the policy minimises, scalar: -likelihood + alpha KL, state mean.

    Args:
      likelihood: `log_likelihood` of pi_theta, shape [B].
      kl_joint: KL(pi_i || pi_theta), shape [B].
      alpha: multiplier of the bound on its mean, scalar; 0 where there is none.

    Source: P1, Eq. 12.
    """
    return (alpha * kl_joint - likelihood).mean()
