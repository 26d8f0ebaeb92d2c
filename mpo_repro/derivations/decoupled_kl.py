"""P2's decoupled KL terms: when they add up to the joint KL, and by how much not."""

import numpy as np
import torch
from scipy import optimize
from torch import Tensor

from mpo_repro.derivations import gaussians
from mpo_repro.derivations.certificate import ONLY_UNDER, Certificate, Refutation
from mpo_repro.derivations.instances import F64, generator, normal, relative
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import m_step
from mpo_repro.mpo.distributions import FullGaussian

SCALES = (1e-6, 1e-3, 1.0, 1e3, 1e6)
SIZES = (1, 3, 6)
BATCH = 5
BOUNDS = (1e-4, 0.1)  # epsilon_Sigma, and what the misread labels make of it


def sums(old: FullGaussian, new: FullGaussian) -> tuple[Tensor, Tensor]:
    """Returns the sum of the KL terms of the decoupled and of the coupled M-step."""
    points = gaussians.cubature(old)
    weights = torch.full(points.shape[:2], 1 / len(points), dtype=F64)
    fits = [
        step(new, old, points, weights) for step in (m_step.decoupled, m_step.coupled)
    ]
    return tuple(fit.kl_mean + fit.kl_covariance for fit in fits)


@check("decoupled-kl")
def decoupled_kl() -> Certificate:
    """Equality, the difference elsewhere, and its size inside a trust region."""
    source = generator(11)
    pairs = [
        (gaussians.full((BATCH, n), s, source), gaussians.full((BATCH, n), s, source))
        for s in SCALES
        for n in SIZES
    ]
    rows = [_errors(old, new) for old, new in pairs]
    worst = {name: max(row[name] for row in rows) for name in rows[0]}
    generic = float(np.median([_gap(old, new) for old, new in pairs]))
    found = {bound: _extremes(bound) for bound in BOUNDS}
    reached = {bound: _on_boundary(bound, source) for bound in BOUNDS}
    outside = max(max(reached[bound]) - found[bound] for bound in BOUNDS)
    missed = max(found[bound] - max(reached[bound]) for bound in BOUNDS)
    worst["largest error in a trust region - its formula"] = max(outside, missed, 0.0)
    return Certificate(
        **_STATED,
        instances=3 * BATCH * len(pairs) + sum(len(row) for row in reached.values()),
        worst_error=max(worst.values()),
        tolerance=1e-8,
        verdict=ONLY_UNDER + "covariances that are equal along the move of the mean",
        numbers=(
            *worst.items(),
            ("relative difference of random pairs, median", generic),
            *(
                (f"largest share of the mean term, covariance KL {bound:g}", share)
                for bound, share in found.items()
            ),
        ),
        refutations=(
            Refutation("the terms add up to the joint KL (relative)", generic, 0.05),
        ),
        counterexample="with a covariance KL of 1e-4 the mean term can be off by "
        f"{100 * found[1e-4]:.2f} % of itself, with 0.1 by {100 * found[0.1]:.0f} %",
    )


def _errors(old: FullGaussian, new: FullGaussian) -> dict[str, float]:
    """Compares the sums at equal covariances, at equal means, and in general."""
    same_covariance = FullGaussian(new.mean, old.cholesky)
    same_mean = FullGaussian(old.mean, new.cholesky)
    decoupled, coupled = sums(old, new)
    shift = (new.mean - old.mean).unsqueeze(-1)
    inverse_old = torch.cholesky_inverse(old.cholesky)
    inverse_new = torch.cholesky_inverse(new.cholesky)
    predicted = 0.5 * (shift.mT @ (inverse_old - inverse_new) @ shift).squeeze((-1, -2))
    return {
        "difference at equal covariances": relative(*sums(old, same_covariance)),
        "difference at equal means": relative(*sums(old, same_mean)),
        "difference - its formula": relative(decoupled - coupled, predicted),
    }


def _gap(old: FullGaussian, new: FullGaussian) -> float:
    decoupled, coupled = sums(old, new)
    return ((decoupled - coupled).abs() / coupled).median().item()


def _extremes(bound: float) -> float:
    """Returns the largest |old / new - 1| of the mean term at a covariance KL.

    With x an eigenvalue of Sigma^-1 Sigma_i, the new mean term is x times the old one
    along its direction, and x alone costs (x - 1 - ln x) / 2.
    """

    def cost(x: float) -> float:
        return 0.5 * (x - 1 - np.log(x)) - bound

    low = optimize.brentq(cost, 1e-3, 1, xtol=1e-15)
    high = optimize.brentq(cost, 1, 50, xtol=1e-15)
    return max(1 / low - 1, 1 - 1 / high)


def _on_boundary(bound: float, source: torch.Generator) -> list[float]:
    """Measures the relative error of pairs whose covariance KL is the bound."""
    found = []
    for number in range(12):
        logs = normal((3,), source).numpy()
        if number == 0:
            logs = np.array([-1.0, 0.0, 0.0])  # the extreme case
        length = optimize.brentq(
            lambda t, v=logs: 0.5 * (np.exp(t * v) - 1 - t * v).sum() - bound,
            0,
            20,
            xtol=1e-15,
        )
        stddev = torch.tensor(np.exp(-0.5 * length * logs))
        identity = torch.eye(3, dtype=F64)[None]
        old = FullGaussian(torch.zeros(1, 3, dtype=F64), identity)
        direction = identity[0, :1] if number == 0 else normal((1, 3), source)
        new = FullGaussian(direction, stddev.diag()[None])
        points = gaussians.cubature(old)
        weights = torch.full(points.shape[:2], 1 / len(points), dtype=F64)
        two = m_step.decoupled(new, old, points, weights).kl_mean
        one = m_step.coupled(new, old, points, weights).kl_mean
        found.append((two / one - 1).abs().item())
    return found


_STATED = {
    "name": "decoupled-kl",
    "place": "P2, Sec. 4.2, against P1, App. D.3",
    "statement": "KL(new mean, old covariance) + KL(old mean, new covariance) is the "
    "joint KL(pi_i || pi).",
    "method": "exact cubature, scales 1e-6 to 1e6; root finding for the extremes",
    "latex": r"\mathrm{KL}(N(\mu_i,\Sigma_i)\Vert N(\mu,\Sigma_i))+"
    r"\mathrm{KL}(N(\mu_i,\Sigma_i)\Vert N(\mu_i,\Sigma))="
    r"\mathrm{KL}(\pi_i\Vert\pi)+\frac{1}{2}d^T(\Sigma_i^{-1}-\Sigma^{-1})d",
    "assumptions": (r"$d=\mu-\mu_i$",),
    "steps": (
        r"The covariance terms are the same. The mean terms are "
        r"$\frac{1}{2}d^T\Sigma_i^{-1}d$ (P2) and $\frac{1}{2}d^T\Sigma^{-1}d$ (P1).",
        r"They agree if and only if $d^T(\Sigma_i^{-1}-\Sigma^{-1})d=0$, as with equal "
        r"covariances or equal means.",
        r"Let $x_k$ be the eigenvalues of $\Sigma^{-1}\Sigma_i$: "
        r"$C_\Sigma=\frac{1}{2}\sum_k(x_k-1-\ln x_k)$, and P1's mean term is between "
        r"$\min x_k$ and $\max x_k$ times P2's.",
        r"All of $C_\Sigma$ along $d$ is the extreme: $x-1-\ln x=2\,C_\Sigma$.",
    ),
}
