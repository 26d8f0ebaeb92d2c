"""JORLDY's KL terms, which are given precisions where the formulas need variances."""

import torch

from mpo_repro.derivations import gaussians
from mpo_repro.derivations.certificate import ONLY_UNDER, Certificate, Refutation
from mpo_repro.derivations.instances import F64, generator, relative
from mpo_repro.derivations.registry import check
from mpo_repro.mpo.distributions import DiagonalGaussian, kl_covariance, kl_mean

BATCH, SIZE = 50, 4
SCALES = (1e-3, 0.1, 1.0, 10.0, 1e3)


def given(policy: DiagonalGaussian, inverted: bool) -> DiagonalGaussian:
    """Returns the policy, or the one that a precision in place of a variance makes."""
    return DiagonalGaussian(policy.mean, 1 / policy.stddev) if inverted else policy


def terms(old: DiagonalGaussian, new: DiagonalGaussian, inverted: bool) -> tuple:
    """Returns the mean term (metric of the old covariance) and the covariance term."""
    old, new = given(old, inverted), given(new, inverted)
    return kl_mean(old.mean, new.mean, metric=old), kl_covariance(old, new)


def reference(old: DiagonalGaussian, new: DiagonalGaussian) -> tuple:
    """Returns both terms from torch's own KL: P2's two decoupled KLs."""
    centre = torch.distributions.Normal(old.mean, old.stddev)
    moved = torch.distributions.Normal(new.mean, old.stddev)
    spread = torch.distributions.Normal(old.mean, new.stddev)
    kl = torch.distributions.kl_divergence
    return kl(centre, moved).sum(-1), kl(centre, spread).sum(-1)


@check("inverted-variances")
def inverted_variances() -> Certificate:
    """Right at any scale; inverted, right at a stddev of 1 only."""
    source = generator(12)
    pairs = [
        tuple(gaussians.diagonal((BATCH, SIZE), scale, source) for _ in range(2))
        for scale in SCALES
    ]
    right = max(_error(old, new, False) for old, new in pairs)
    one = torch.ones(BATCH, SIZE, dtype=F64)
    unit = tuple(DiagonalGaussian(policy.mean, one) for policy in pairs[2])
    invisible = _error(*unit, True)
    reverse = max(_reverse_error(old, new) for old, new in pairs)
    old, new = _example()
    (mean, spread), (mean_right, spread_right) = (
        terms(old, new, True),
        reference(old, new),
    )
    ratios = [
        max(a / b, b / a).item()
        for a, b in ((mean, mean_right), (spread, spread_right))
    ]
    return Certificate(
        **_STATED,
        instances=BATCH * (len(pairs) + 1),
        worst_error=max(right, invisible, reverse),
        tolerance=1e-10,
        verdict=ONLY_UNDER + "standard deviations of 1",
        numbers=(
            ("error with variances, any scale", right),
            ("error with precisions at a stddev of 1", invisible),
            ("inverted covariance term - KL(new || old)", reverse),
            ("example: mean term, inverted", mean.item()),
            ("example: mean term, right", mean_right.item()),
            ("example: covariance term, inverted", spread.item()),
            ("example: covariance term, right", spread_right.item()),
        ),
        refutations=(
            Refutation(
                "the inverted mean term is the KL (factor - 1)", ratios[0] - 1, 1.0
            ),
            Refutation(
                "the inverted covariance term is (factor - 1)", ratios[1] - 1, 0.5
            ),
        ),
        counterexample=f"stddev near 0.2, means 1 apart in 2 dimensions: mean term "
        f"{mean.item():.3g} where the KL is {mean_right.item():.3g}, a bound too weak "
        f"by the factor {ratios[0]:.0f}; covariance term {spread.item():.3g} for "
        f"{spread_right.item():.3g}",
    )


def _error(old: DiagonalGaussian, new: DiagonalGaussian, inverted: bool) -> float:
    pairs = zip(terms(old, new, inverted), reference(old, new), strict=True)
    return max(relative(found, expected) for found, expected in pairs)


def _reverse_error(old: DiagonalGaussian, new: DiagonalGaussian) -> float:
    """Compares the inverted covariance term with the KL of exchanged policies."""
    _, found = terms(old, new, True)
    return relative(found, reference(new, old)[1])


def _example() -> tuple[DiagonalGaussian, DiagonalGaussian]:
    old = torch.tensor([[0.0, 0.0], [0.2, 0.15]], dtype=F64)
    new = torch.tensor([[1.0, -1.0], [0.1, 0.1]], dtype=F64)
    return DiagonalGaussian(*old), DiagonalGaussian(*new)


_STATED = {
    "name": "inverted-variances",
    "place": "P2, Sec. 4.2; JORLDY's mpo.py",
    "statement": "The KL terms are right if each variance is replaced by its inverse.",
    "method": "torch.distributions, scales 1e-3 to 1e3",
    "latex": r"\frac{1}{2}\sum_k\frac{d_k^2}{\sigma_{i,k}^2},\quad\frac{1}{2}\sum_k"
    r"\left[\frac{\sigma_{i,k}^2}{\sigma_k^2}-1+\ln\frac{\sigma_k^2}"
    r"{\sigma_{i,k}^2}\right]",
    "assumptions": ("diagonal covariances",),
    "steps": (
        r"With $1/\sigma^2$ for $\sigma^2$ the mean term is "
        r"$\frac{1}{2}\sum_kd_k^2\sigma_{i,k}^2$: too small by $\sigma^4$.",
        r"The covariance term is $\frac{1}{2}\sum_k[\sigma_k^2/\sigma_{i,k}^2-1-"
        r"\ln(\sigma_k^2/\sigma_{i,k}^2)]$, that of $\mathrm{KL}(\pi\Vert\pi_i)$.",
        r"At $\sigma=1$ both are right, so that a test at the start sees nothing.",
    ),
}
