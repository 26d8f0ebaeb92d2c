"""The KL between Gaussians, split into what means and covariances cause."""

import torch
from torch import Tensor

from mpo_repro.derivations import gaussians
from mpo_repro.derivations.certificate import CORRECTED, Certificate, Refutation
from mpo_repro.derivations.instances import generator, relative
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import m_step
from mpo_repro.mpo.distributions import (
    FullGaussian,
    Gaussian,
    kl_covariance,
    kl_mean,
    log_prob,
)

SCALES = (1e-6, 1e-3, 1.0, 1e3, 1e6)
SIZES = (1, 2, 6)
BATCH = 4


def parts(old: Gaussian, new: Gaussian, printed_labels: bool) -> dict[str, Tensor]:
    """Returns the terms called C_mu and C_Sigma, by the print (E2) or corrected."""
    names = ("mean", "covariance")
    terms = kl_mean(old.mean, new.mean, metric=new), kl_covariance(old, new)
    return dict(zip(names, terms[::-1] if printed_labels else terms, strict=True))


def log_ratio(old: FullGaussian, new: FullGaussian, determinants: bool) -> Tensor:
    """Returns ln(|Sigma| / |Sigma_i|), or summed over elements as E3 could be read."""
    if determinants:
        return 2 * (new.half_log_determinant() - old.half_log_determinant())
    return (new.covariance() / old.covariance()).abs().log().sum((-2, -1))


def integrated(old: Gaussian, new: Gaussian) -> Tensor:
    """Returns E_old[ln old - ln new] by a cubature that is exact for quadratics."""
    points = gaussians.cubature(old)
    return (log_prob(old, points) - log_prob(new, points)).mean(0)


@check("gaussian-kl")
def gaussian_kl() -> Certificate:
    """Sum, parts, labels and determinants."""
    source = generator(9)
    pairs = [
        (kind((BATCH, size), scale, source), kind((BATCH, size), scale, source))
        for kind in (gaussians.full, gaussians.diagonal)
        for scale in SCALES
        for size in SIZES
    ]
    rows = [_errors(old, new) for old, new in pairs]
    worst = {name: max(row[name] for row in rows) for name in rows[0]}
    swapped = min(_label_error(old, new, True) for old, new in pairs)
    wide = [pair for pair in pairs if pair[0].mean.shape[-1] > 1]
    wide = [pair for pair in wide if isinstance(pair[0], FullGaussian)]
    elementwise = min(_determinant_error(old, new, False) for old, new in wide)
    worst["labels"] = max(_label_error(old, new, False) for old, new in pairs)
    worst["determinants"] = max(_determinant_error(old, new, True) for old, new in wide)
    return Certificate(
        **_STATED,
        instances=BATCH * len(pairs),
        worst_error=max(worst.values()),
        tolerance=1e-9,
        verdict=CORRECTED,
        numbers=(
            *worst.items(),
            ("share of the KL under the wrong label (E2)", swapped),
            ("smallest error with logarithms of elements (nats, E3)", elementwise),
        ),
        refutations=(
            Refutation("E2: C_mu is the trace/log-det term (share)", swapped, 0.5),
            Refutation("E3: ln(Sigma / Sigma_i) of elements (nats)", elementwise, 1e-2),
        ),
        counterexample=_counterexample(),
        errata=("E2", "E3"),
    )


def _errors(old: Gaussian, new: Gaussian) -> dict[str, float]:
    """Compares the sum with a cubature and with torch's own KL."""
    fit = m_step.coupled(new, old, gaussians.cubature(old), _uniform(old))
    total = fit.kl_mean + fit.kl_covariance
    one, two = (_torch_normal(policy) for policy in (old, new))
    reference = torch.distributions.kl_divergence(one, two)
    points = gaussians.cubature(old)
    return {
        "sum - cubature of log_prob": relative(integrated(old, new), total),
        "sum - torch's KL": relative(reference, total),
        "log_prob - torch's": relative(log_prob(new, points), two.log_prob(points)),
        "negative part": max(0.0, -fit.kl_mean.min(), -fit.kl_covariance.min()),
    }


def _uniform(old: Gaussian) -> Tensor:
    count = 2 * old.mean.shape[-1]
    return torch.full((count, BATCH), 1 / count, dtype=old.mean.dtype)


def _torch_normal(policy: Gaussian) -> torch.distributions.MultivariateNormal:
    is_full = isinstance(policy, FullGaussian)
    cholesky = policy.cholesky if is_full else policy.stddev.diag_embed()
    return torch.distributions.MultivariateNormal(policy.mean, scale_tril=cholesky)


def _label_error(old: Gaussian, new: Gaussian, printed: bool) -> float:
    """Returns the largest share of a KL that has the wrong label.

    Where covariances are equal all of it is "mean", where means are, "covariance".
    """
    changes = {
        "mean": type(old)(new.mean, old[1]),
        "covariance": type(old)(old.mean, new[1]),
    }
    errors = []
    for name, changed in changes.items():
        total = integrated(old, changed)
        found = parts(old, changed, printed)[name]
        errors.append(((total - found).abs() / total).max().item())
    return max(errors)


def _determinant_error(old: FullGaussian, new: FullGaussian, right: bool) -> float:
    """Returns the largest error of ln |Sigma| / |Sigma_i|, in nats."""
    expected = torch.logdet(new.covariance() / _size(old)) - torch.logdet(
        old.covariance() / _size(old)
    )
    return (log_ratio(old, new, right) - expected).abs().max().item()


def _size(policy: FullGaussian) -> Tensor:
    return policy.covariance().diagonal(dim1=-2, dim2=-1).mean()


def _counterexample() -> str:
    mean = torch.tensor([[0.0, 0.0]], dtype=torch.float64)
    identity = torch.eye(2, dtype=torch.float64).unsqueeze(0)
    old, new = FullGaussian(mean, identity), FullGaussian(mean + 1, identity)
    value = integrated(old, new).item()
    wrong = parts(old, new, printed_labels=True)
    return (
        f"two unit Gaussians one apart in both dimensions: KL = {value:g} nats, all of "
        f"it from the means, but the printed C_mu is {wrong['mean'].item():g} and the "
        f"printed C_Sigma {wrong['covariance'].item():g}"
    )


_STATED = {
    "name": "gaussian-kl",
    "place": "P1, App. D.3 (27)",
    "statement": "KL(pi_i || pi) is exactly a quadratic term C_mu, which the means "
    "cause, plus a trace/log-det term C_Sigma, which the covariances cause; Sigma is "
    "the new covariance and the logarithm is of determinants.",
    "method": "exact cubature and torch.distributions, scales 1e-6 to 1e6",
    "latex": r"C_\mu=\frac{1}{2}(\mu-\mu_i)^T\Sigma^{-1}(\mu-\mu_i),\quad "
    r"C_\Sigma=\frac{1}{2}\left[\mathrm{tr}(\Sigma^{-1}\Sigma_i)-n+"
    r"\ln\frac{|\Sigma|}{|\Sigma_i|}\right]",
    "assumptions": ("covariances are positive definite",),
    "steps": (
        r"$\ln\pi_i-\ln\pi=\frac{1}{2}\ln\frac{|\Sigma|}{|\Sigma_i|}-\frac{1}{2}"
        r"(a-\mu_i)^T\Sigma_i^{-1}(a-\mu_i)+\frac{1}{2}(a-\mu)^T\Sigma^{-1}(a-\mu)$.",
        r"$E_{\pi_i}(a-\mu_i)^T\Sigma_i^{-1}(a-\mu_i)=n$ and $E_{\pi_i}(a-\mu)^T"
        r"\Sigma^{-1}(a-\mu)=\mathrm{tr}(\Sigma^{-1}\Sigma_i)+(\mu-\mu_i)^T\Sigma^{-1}"
        r"(\mu-\mu_i)$.",
        r"With $\Sigma=\Sigma_i$ only the quadratic is left, with $\mu=\mu_i$ only the "
        r"rest: the printed labels are exchanged (E2).",
        r"$\ln(\Sigma/\Sigma_i)$ is a number only with determinants (E3); in one "
        r"dimension both agree.",
    ),
}
