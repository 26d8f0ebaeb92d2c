"""What published implementations compute instead, so that its cost can be measured.

Each entry stands in for a right one of the same signature and is chosen by name in a
recipe; nothing else uses them. Who has which defect: paper_configs/recipes, files
`*-as-published`.
"""

import math

from torch import Tensor

from mpo_repro.mpo import e_step
from mpo_repro.mpo.distributions import DiagonalGaussian, Gaussian


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


def inverted_variances(
    new: DiagonalGaussian, old: DiagonalGaussian
) -> tuple[DiagonalGaussian, DiagonalGaussian]:
    """Precisions taken for variances; invisible where the stddev is 1."""
    return _with_stddev(new, 1 / new.stddev), _with_stddev(old, 1 / old.stddev)


def stddev_as_variance(
    new: DiagonalGaussian, old: DiagonalGaussian
) -> tuple[DiagonalGaussian, DiagonalGaussian]:
    """Standard deviations taken for variances."""
    return _with_stddev(new, new.stddev.sqrt()), _with_stddev(old, old.stddev.sqrt())


def exchanged(new: Gaussian, old: Gaussian) -> tuple[Gaussian, Gaussian]:
    """KL(new || old), whose mean the fit does not have to cover."""
    return old, new


def _with_stddev(policy: DiagonalGaussian, stddev: Tensor) -> DiagonalGaussian:
    return DiagonalGaussian(policy.mean, stddev)


# (new, old) -> the arguments with which the M-step's KL is then computed.
KL_ARGUMENTS = {
    "inverted_variances": inverted_variances,
    "stddev_as_variance": stddev_as_variance,
    "reversed": exchanged,
}
