"""Policy evaluation: targets for Q on sequences of replay.

A sequence has T transitions and T + 1 states. Step t may be the last state of an
episode: then it is no transition (`valid` is 0 there), the step before bootstraps from
its value if the episode was truncated, and not if it terminated.

All three methods are one recursion, backwards in time,
  y_t = r_t + d_t [ V_{t+1} + c_{t+1} (y_{t+1} - u_{t+1}) ],   c_T = 0,
with discounts d_t = gamma, or 0 at a termination.

Source: P1, Sec. 4 (Eq. 13, erratum E4); Munos et al., Safe and efficient off-policy
reinforcement learning, 2016.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def retrace(
    rewards: Tensor,
    discounts: Tensor,
    values: Tensor,
    q_values: Tensor,
    log_ratios: Tensor,
    valid: Tensor,
) -> Tensor:
    """Retrace with c_t = min(1, pi(a_t|s_t) / b(a_t|s_t)).

    Args:
      rewards: r_t, shape [S, T].
      discounts: gamma, or 0 where the episode terminated, shape [S, T].
      values: E_pi Q'(s_t, .), shape [S, T + 1].
      q_values: Q'(s_t, a_t), shape [S, T].
      log_ratios: ln pi(a_t|s_t) - ln b(a_t|s_t), nats, shape [S, T].
      valid: 1 where step t is a transition, 0 at the end of an episode, shape [S, T].

    Returns:
      Targets for Q(s_t, a_t), shape [S, T], in units of return.

    Source: P1, Eq. 13; Munos et al. (2016), Eq. 4.
    """
    traces = log_ratios.clamp(max=0).exp() * valid
    return _recursion(rewards, discounts, values, traces, q_values)


def n_step(
    rewards: Tensor,
    discounts: Tensor,
    values: Tensor,
    q_values: Tensor,
    log_ratios: Tensor,
    valid: Tensor,
) -> Tensor:
    """Uncorrected returns to the end of the sequence or episode; as `retrace`."""
    del q_values, log_ratios  # what makes it uncorrected
    return _recursion(rewards, discounts, values, valid, values[:, :-1])


def td_0(
    rewards: Tensor,
    discounts: Tensor,
    values: Tensor,
    q_values: Tensor,
    log_ratios: Tensor,
    valid: Tensor,
) -> Tensor:
    """One-step targets r_t + d_t V_{t+1}; as `retrace`."""
    del q_values, log_ratios, valid
    return rewards + discounts * values[:, 1:]


def full_length(
    method: Callable[..., Tensor],
    steps: int,
    rewards: Tensor,
    discounts: Tensor,
    values: Tensor,
    q_values: Tensor,
    log_ratios: Tensor,
    valid: Tensor,
) -> Tensor:
    """Targets that take `steps` transitions each, fewer only at an episode's end.

    Without it a target ends with its sequence: of T transitions those of step t are
    T - t, (T + 1) / 2 on average, and one for the last.

    Args:
      method: one of METHODS.
      steps: N, at most T.
      rewards, discounts, values, q_values, log_ratios, valid: as in `retrace`.

    Returns:
      Targets for Q(s_t, a_t) of the first T - N + 1 steps, in units of return.
    """
    count = rewards.shape[1] - steps + 1

    def windows(rows: Tensor, length: int) -> Tensor:
        """Lists every stretch of a row, [S, T] -> [S * count, length]."""
        return rows.unfold(1, length, 1).flatten(0, 1)

    parts = rewards, discounts, q_values, log_ratios, valid
    rewards, discounts, q_values, log_ratios, valid = (
        windows(part, steps) for part in parts
    )
    bootstraps = windows(values, steps + 1)
    found = method(rewards, discounts, bootstraps, q_values, log_ratios, valid)
    return found[:, 0].unflatten(0, (-1, count))


def _recursion(
    rewards: Tensor, discounts: Tensor, values: Tensor, traces: Tensor, bases: Tensor
) -> Tensor:
    length = rewards.shape[1]
    correction = torch.zeros_like(rewards[:, 0])
    targets = []
    for step in reversed(range(length)):
        following = values[:, step + 1] + correction
        target = rewards[:, step] + discounts[:, step] * following
        correction = traces[:, step] * (target - bases[:, step])
        targets.append(target)
    return torch.stack(targets[::-1], dim=1)


METHODS = {"retrace": retrace, "n_step": n_step, "td_0": td_0}
