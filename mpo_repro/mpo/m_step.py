"""M-step: the parametric policy fitted to q inside a trust region.

max_theta E_s[ sum_j q_j ln pi_theta(a_j|s) ] subject to E_s[KL(pi_i || pi_theta)] split
into a mean and a covariance part, each with its own bound and multiplier.

`coupled` is the M-step of P1 (one likelihood; mean part in the metric of the NEW
covariance), `decoupled` that of P2 (new mean with old covariance, old mean with new
covariance). Both return the three per-state quantities that the Lagrangian combines.

Source: P1, Eqs. 12 and 27 (errata E2, E3); P2, Sec. 4.2.
"""

from typing import NamedTuple

from torch import Tensor

from mpo_repro.mpo.distributions import LOG_2_PI, Gaussian, kl_covariance, kl_mean


class Fit(NamedTuple):
    """What the M-step weighs against each other, each of shape [B], in nats.

    Of the `dimensions` of diagonal Gaussians, with weights [N, B, 1]: of shape [B, A].
    """

    log_likelihood: Tensor
    kl_mean: Tensor
    kl_covariance: Tensor


def weighted_log_likelihood(
    mean: Tensor, metric: Gaussian, actions: Tensor, weights: Tensor
) -> Tensor:
    """Returns sum_j w_j ln N(a_j; mean, Sigma) per state, in nats, shape [B].

    The sum depends on the actions only through their weighted mean and scatter, so that
    no gradient passes through N actions. The weights sum to 1 over N.

    Args:
      mean: mean of the density, shape [B, A].
      metric: Gaussian that gives the covariance Sigma; its own mean is not used.
      actions: sampled actions, shape [N, B, A].
      weights: q over these actions, shape [N, B].

    Source: P1, Eq. 12.
    """
    weighted_mean = (weights.unsqueeze(-1) * actions).sum(0)  # [B, A]
    scatter = metric.scatter(weights, actions - weighted_mean)
    distance = metric.whiten(weighted_mean - mean).square().sum(-1)
    distance = distance + metric.trace_with(scatter)
    normaliser = metric.half_log_determinant() + 0.5 * mean.shape[-1] * LOG_2_PI
    return -0.5 * distance - normaliser


def coupled(new: Gaussian, old: Gaussian, actions: Tensor, weights: Tensor) -> Fit:
    """The M-step of P1: one likelihood, the KL split exactly.

    Args:
      new: pi_theta at B states.
      old: pi_i at the same states.
      actions: samples of pi_i, shape [N, B, A].
      weights: q over these actions, shape [N, B].

    Source: P1, Eq. 12 and Appendix D.3.
    """
    return Fit(
        weighted_log_likelihood(new.mean, new, actions, weights),
        kl_mean(old.mean, new.mean, metric=new),
        kl_covariance(old, new),
    )


def decoupled(new: Gaussian, old: Gaussian, actions: Tensor, weights: Tensor) -> Fit:
    """The M-step of P2: mean and covariance are fitted apart.

    Args and shapes as in `coupled`.

    Source: P2, Sec. 4.2.
    """
    fixed_covariance = weighted_log_likelihood(new.mean, old, actions, weights)
    fixed_mean = weighted_log_likelihood(old.mean, new, actions, weights)
    return Fit(
        fixed_covariance + fixed_mean,
        kl_mean(old.mean, new.mean, metric=old),
        kl_covariance(old, new),
    )


def mixed(new: Gaussian, old: Gaussian, actions: Tensor, weights: Tensor) -> Fit:
    """One likelihood as in P1, bounded by P2's KLs: what some published code has.

    The mean's KL is in the metric of the old covariance, so that the two parts do not
    add up to KL(pi_i || pi_theta). Args and shapes as in `coupled`.

    Source: P1, Eq. 12, and P2, Sec. 4.2.
    """
    fit = coupled(new, old, actions, weights)
    return fit._replace(kl_mean=kl_mean(old.mean, new.mean, metric=old))


def lagrangian(fit: Fit, alpha_mean: Tensor, alpha_covariance: Tensor) -> Tensor:
    """Returns what the policy minimises, scalar: -likelihood + alpha KL, state mean.

    The parts of the fit, and alpha, may also have a trailing axis A of dimensions that
    are bounded apart; they are summed over. The bounds do not appear: they do not
    depend on the policy. The multipliers follow their own loss (`multipliers.loss`).
    """
    penalty = alpha_mean * fit.kl_mean + alpha_covariance * fit.kl_covariance
    return (penalty - fit.log_likelihood).mean(0).sum()


M_STEPS = {"coupled": coupled, "decoupled": decoupled, "mixed": mixed}
