"""What published implementations compute instead, so that its cost can be measured.

Each entry stands in for a right one of the same signature and is chosen by name in a
recipe; nothing else uses them. Who has which defect: paper_configs/recipes, files
`*-as-published`.
"""

import math
from collections.abc import Callable

from torch import Tensor

from mpo_repro.mpo import categorical, e_step, m_step
from mpo_repro.mpo.distributions import DiagonalGaussian, Gaussian
from mpo_repro.mpo.m_step import Fit


def pooled_dual(
    temperature: Tensor, q_values: Tensor, epsilon: Tensor | float
) -> Tensor:
    """The E-step's dual with one mean over states and actions inside the logarithm.

    Differences between states then count as if an action could choose its state: the
    temperature comes out too high, and the realised KL below epsilon.

    Args and result as `e_step.dual_value`.
    """
    return e_step.dual_value(temperature, q_values.reshape(-1, 1), epsilon)


def unnormalised_dual(
    temperature: Tensor, q_values: Tensor, epsilon: Tensor | float
) -> Tensor:
    """The E-step's dual with a sum over the N sampled actions where the mean belongs.

    ln N per unit of temperature is added, so that it falls to its lower bound wherever
    epsilon < ln N.

    Args and result as `e_step.dual_value`.
    """
    extra = temperature * math.log(q_values.shape[0])
    return e_step.dual_value(temperature, q_values, epsilon) + extra


DUALS = {
    "per_state": e_step.dual_value,
    "pooled": pooled_dual,
    "unnormalised": unnormalised_dual,
}


def leaked_weights(q_values: Tensor, log_policy: Tensor, temperature: Tensor) -> Tensor:
    """The weights of a categorical E-step, through which the policy's loss leaks.

    The M-step's likelihood sum_a q(a|s) ln pi_theta(a|s) is for the policy to raise.
    Where no gradient is stopped at q it moves the temperature as well, whose own loss
    is the dual: the realised KL is then no longer epsilon.

    Args:
      q_values: values of all actions, shape [B, K].
      log_policy: ln pi_i(a|s), shape [B, K].
      temperature: eta > 0, scalar, in units of return; a gradient passes to it.

    Returns:
      q(a|s), shape [B, K].
    """
    return categorical.log_weights(q_values, log_policy, temperature).exp()


def inverted_variances(
    step: Callable[..., Fit],
    new: DiagonalGaussian,
    old: DiagonalGaussian,
    *sample: Tensor,
) -> Fit:
    """Precisions taken for variances; invisible where the stddev is 1.

    Args:
      step: one of `m_step.M_STEPS`.
      new: pi_theta at B states.
      old: pi_i at the same states.
      *sample: actions and weights, as `step` takes them.
    """
    instead = _with_stddev(new, 1 / new.stddev), _with_stddev(old, 1 / old.stddev)
    return step(*instead, *sample)


def stddev_as_variance(
    step: Callable[..., Fit],
    new: DiagonalGaussian,
    old: DiagonalGaussian,
    *sample: Tensor,
) -> Fit:
    """Standard deviations taken for variances; arguments as `inverted_variances`."""
    instead = _with_stddev(new, new.stddev.sqrt()), _with_stddev(old, old.stddev.sqrt())
    return step(*instead, *sample)


def reversed_kl(
    step: Callable[..., Fit], new: Gaussian, old: Gaussian, *sample: Tensor
) -> Fit:
    """KL(new || old), whose mean the fit does not have to cover.

    It is split exactly, whatever the step: the metric of its mean part is that of
    `old`, its second argument. Arguments as `inverted_variances`.
    """
    del step
    return m_step.coupled(old, new, *sample)


def _with_stddev(policy: DiagonalGaussian, stddev: Tensor) -> DiagonalGaussian:
    return DiagonalGaussian(policy.mean, stddev)


# What stands in for the M-step where its KLs are computed.
KLS = {
    "inverted_variances": inverted_variances,
    "stddev_as_variance": stddev_as_variance,
    "reversed": reversed_kl,
}
