"""The parametric E-step: q is a Gaussian q_theta, and the next policy at once.

max_theta E_s E_q[A(s, a)] subject to E_s[KL(q_theta || pi_i)] split into a mean and a
covariance part, each with its own bound and multiplier. There is no M-step. q stands
FIRST in this KL, so that the metric of its mean part is the OLD covariance; that of
`m_step.coupled` is the new one.

The expectation is taken over sampled actions, weighted by likelihood ratios. Sampled
from pi_i they are q_theta / pi_i. Sampled from q_theta itself (P1, Alg. 3), the
ratios are 1 and their gradient is the score: detach the sampler.

Source: P1, Alg. 3 and Appendix D.4.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.mpo.distributions import Gaussian, kl_covariance, kl_mean, log_prob


class Improvement(NamedTuple):
    """What the parametric E-step weighs against each other, each of shape [B].

    The value is in units of return, the KL parts are in nats.
    """

    value: Tensor
    kl_mean: Tensor
    kl_covariance: Tensor


def advantages(q_values: Tensor) -> Tensor:
    """Returns Q minus the mean of the state's other samples, shape [N, B].

    Leaving an action's own value out keeps the estimate of E_q[A] unbiased; with the
    mean of all N samples it shrinks by (N - 1) / N.

    Args:
      q_values: values of actions that one policy has drawn, shape [N, B], N > 1.

    Raises:
      ValueError: if there is one sample only.

    Source: P1, Appendix D.4 (A = Q - V; V is left open there).
    """
    count = q_values.shape[0]
    if count < 2:
        raise ValueError("an advantage needs at least two sampled actions")
    return (q_values - q_values.mean(0)) * (count / (count - 1))


def above_mean(q_values: Tensor, of_mean: Tensor) -> Tensor:
    """Returns Q of sampled actions minus Q of the mean action, shape [N, B].

    A baseline that is a number of the state keeps the gradient of E_q[Q] unbiased, and
    this one needs no other sample: it serves a policy gradient of a single action. It
    is no estimate of V, as Q of the mean is not the mean of Q.

    Args:
      q_values: values of actions that one policy has drawn, shape [N, B].
      of_mean: value of that policy's mean action, shape [B].

    Source: Williams, Simple statistical gradient-following algorithms for connectionist
    reinforcement learning, 1992 (any baseline that does not depend on the action).
    """
    return q_values - of_mean


def antithetic(noise: Tensor) -> Tensor:
    """Returns the first half of the noise, and after it its mirror image.

    Of a Gaussian's actions mu + sigma x and mu - sigma x the scores for the mean sum to
    zero: whatever Q has in common over a state's actions then leaves no noise in that
    gradient, as with an advantage, and E_q[Q] stays unbiased.

    Args:
      noise: standard normal, shape [N, ...], N even.

    Raises:
      ValueError: if N is odd.

    Source: Owen (2013), "Monte Carlo theory, methods and examples", Sec. 8.2.
    """
    if len(noise) % 2:
        raise ValueError("antithetic noise comes in pairs")
    half = noise[: len(noise) // 2]
    return torch.cat([half, -half])


def likelihood_ratios(q: Gaussian, sampler: Gaussian, actions: Tensor) -> Tensor:
    """Returns q(a|s) / sampler(a|s), shape [N, B].

    Args:
      q: q_theta at B states.
      sampler: the policy that has drawn the actions, at the same states.
      actions: shape [N, B, A].
    """
    return (log_prob(q, actions) - log_prob(sampler, actions)).exp()


def expected_advantage(ratios: Tensor, advantages: Tensor) -> Tensor:
    """Estimates E_q[A] per state, in units of return, shape [B].

    Args:
      ratios: `likelihood_ratios`, shape [N, B].
      advantages: A (or Q) of the same actions, shape [N, B]; no gradient needed.

    Source: P1, Appendix D.4.
    """
    return (ratios * advantages).mean(0)


def improvement(
    q: Gaussian,
    old: Gaussian,
    actions: Tensor,
    advantages: Tensor,
    sampler: Gaussian | None = None,
) -> Improvement:
    """The objective and the parts of KL(q || pi_i), over sampled actions.

    kl_covariance = (tr(Sigma_i^-1 Sigma_q) - A + ln |Sigma_i| / |Sigma_q|) / 2,
    kl_mean = (mu_q - mu_i)^T Sigma_i^-1 (mu_q - mu_i) / 2.

    Args:
      q: q_theta at B states.
      old: pi_i at the same states.
      actions: samples, shape [N, B, A].
      advantages: A (or Q) of these actions, shape [N, B].
      sampler: the policy that has drawn the actions; None: pi_i.

    Source: P1, Appendix D.4.
    """
    ratios = likelihood_ratios(q, old if sampler is None else sampler, actions)
    return Improvement(
        expected_advantage(ratios, advantages),
        kl_mean(q.mean, old.mean, metric=old),
        kl_covariance(q, old),
    )


def lagrangian(
    improvement: Improvement, temperature_mean: Tensor, temperature_covariance: Tensor
) -> Tensor:
    """Returns what q minimises, scalar, in units of return: -E_q[A] + eta KL.

    The bounds do not appear: they do not depend on q. The multipliers, in units of
    return per nat, follow their own loss (`multipliers.loss`).

    Source: P1, Appendix D.4.
    """
    penalty = temperature_mean * improvement.kl_mean
    penalty = penalty + temperature_covariance * improvement.kl_covariance
    return (penalty - improvement.value).mean()
