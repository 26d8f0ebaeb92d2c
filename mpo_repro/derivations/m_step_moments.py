"""What the M-step fits: the moments of a mixture of q and the old policy."""

import torch
from torch import Tensor

from mpo_repro.derivations import gaussians
from mpo_repro.derivations.certificate import HOLDS, Certificate, Refutation
from mpo_repro.derivations.instances import F64, generator, normal
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import m_step
from mpo_repro.mpo.distributions import DiagonalGaussian, FullGaussian, Gaussian

BATCH, SAMPLES = 5, 24
SCALES = (1e-3, 1.0, 1e3)  # of actions
ALPHAS = (0.0, 0.3, 20.0)


def outer(difference: Tensor) -> Tensor:
    """Returns d d^T: [..., A] -> [..., A, A]."""
    return difference.unsqueeze(-1) * difference.unsqueeze(-2)


def moments(actions: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Returns mean [B, A] and covariance [B, A, A] of weighted actions [N, B, A]."""
    mean = (weights.unsqueeze(-1) * actions).sum(0)
    scatter = weights[..., None, None] * outer(actions - mean)
    return mean, scatter.sum(0)


def dense(policy: Gaussian) -> Tensor:
    """Returns the covariance as a matrix, shape [B, A, A]."""
    covariance = policy.covariance()
    is_full = isinstance(policy, FullGaussian)
    return covariance if is_full else covariance.diag_embed()


def optimum(form: str, old: Gaussian, fitted: tuple, alphas: tuple) -> Gaussian:
    """Returns the policy at which the Lagrangian of an M-step is least.

    Args:
      form: "coupled" (one multiplier for both parts) or "decoupled".
      old: pi_i.
      fitted: mean and covariance of q.
      alphas: multipliers of mean and covariance part.
    """
    alpha_mean, alpha_covariance = alphas
    mean = (fitted[0] + alpha_mean * old.mean) / (1 + alpha_mean)
    # P1's scatter is around the new mean, P2's around the old one.
    centre = mean if form == "coupled" else old.mean
    scatter = fitted[1] + outer(fitted[0] - centre)
    pulled = dense(old) + outer(old.mean - centre)
    covariance = (scatter + alpha_covariance * pulled) / (1 + alpha_covariance)
    if isinstance(old, DiagonalGaussian):
        return DiagonalGaussian(mean, covariance.diagonal(dim1=-2, dim2=-1).sqrt())
    return FullGaussian(mean, torch.linalg.cholesky(covariance))


@check("m-step-moments")
def m_step_moments() -> Certificate:
    """The optima are stationary, and least among policies around them."""
    source = generator(104)
    cases = [
        _case(kind, scale, source)
        for kind in (gaussians.full, gaussians.diagonal)
        for scale in SCALES
    ]
    settings = [("coupled", (alpha, alpha)) for alpha in ALPHAS]
    settings += [("decoupled", (one, two)) for one in ALPHAS for two in ALPHAS]
    worst = {}
    for form, alphas in settings:
        found = max(_error(form, alphas, *case, source) for case in cases)
        worst[form] = max(found, worst.get(form, 0.0))
    widened = [_widening(*case) for case in cases]
    widened = torch.tensor(widened).median().item()
    return Certificate(
        **_STATED,
        instances=BATCH * len(cases) * len(settings),
        worst_error=max(worst.values()),
        tolerance=1e-9,
        verdict=HOLDS,
        numbers=(
            *(
                (f"gradient or descent at the optimum, {k}", v)
                for k, v in worst.items()
            ),
            ("trace of P2's covariance over that of q, alpha = 0, median", widened),
        ),
        refutations=(
            Refutation(
                "P2's fit has the covariance of q (factor - 1)", widened - 1, 0.05
            ),
        ),
    )


def _case(kind, scale: float, source: torch.Generator) -> tuple:
    """Draws pi_i, actions of it and weights."""
    old = kind((BATCH, 3), scale, source)
    actions = old.sample(normal((SAMPLES, BATCH, 3), source))
    return old, actions, (2 * normal((SAMPLES, BATCH), source)).softmax(0)


def _error(form: str, alphas: tuple, old, actions, weights, source) -> float:
    """Returns the gradient in units of pi_i's stddev, or how far a step descends."""
    best = optimum(form, old, moments(actions, weights), alphas)
    leaves = type(best)(*(part.detach().requires_grad_() for part in best))
    at = _lagrangian(form, alphas, leaves, old, actions, weights)
    gradient = torch.autograd.grad(at, leaves)
    size = old.marginal_stddev().max()
    steepest = max(
        (part.tril() if part.dim() == 3 else part).abs().max() for part in gradient
    )
    descent = 0.0
    for _ in range(3):
        factor = (0.3 * normal(best.mean.shape, source)).exp()
        away = best.mean + 0.3 * size * normal(best.mean.shape, source)
        scaled = best[1] * (factor.unsqueeze(-1) if best[1].dim() == 3 else factor)
        near = _lagrangian(
            form, alphas, type(best)(away, scaled), old, actions, weights
        )
        descent = max(descent, (at - near).item())
    return max((steepest * size).item(), descent)


def _lagrangian(form: str, alphas: tuple, new, old, actions, weights) -> Tensor:
    fit = m_step.M_STEPS[form](new, old, actions, weights)
    return m_step.lagrangian(fit, *(torch.tensor(a, dtype=F64) for a in alphas))


def _widening(old: Gaussian, actions: Tensor, weights: Tensor) -> float:
    """Returns by how much P2's covariance at alpha = 0 is wider than that of q."""
    fitted = moments(actions, weights)
    found = dense(optimum("decoupled", old, fitted, (0.0, 0.0)))
    trace = found.diagonal(dim1=-2, dim2=-1).sum(-1)
    right = fitted[1].diagonal(dim1=-2, dim2=-1).sum(-1)
    return (trace / right).median().item()


_STATED = {
    "name": "m-step-moments",
    "place": "P1, Eq. 12; P2, Sec. 4.2",
    "statement": "Without bounds the M-step matches mean and covariance of q; with one "
    "multiplier it matches those of (q + alpha pi_i)/(1 + alpha). P2's form matches "
    "the mean, and the second moment of q around the OLD mean.",
    "method": "closed forms against gradients and values of the Lagrangian",
    "latex": r"\mu^*=\frac{\mu_q+\alpha\mu_i}{1+\alpha},\quad\Sigma^*=\frac{\Sigma_q+"
    r"\delta_q\delta_q^T+\alpha(\Sigma_i+\delta_i\delta_i^T)}{1+\alpha},\quad"
    r"\delta_x=\mu_x-\mu^*",
    "assumptions": (
        "the network can give every state its own mean and covariance",
        "more weighted actions than dimensions",
    ),
    "steps": (
        r"$-\sum_jq_j\ln\pi(a_j)+\alpha\,\mathrm{KL}(\pi_i\Vert\pi)$ is, up to a "
        r"constant, $(1+\alpha)$ times the cross entropy of the mixture "
        r"$m=(q+\alpha\pi_i)/(1+\alpha)$ and $\pi$.",
        r"Over Gaussians it is least where mean and covariance are those of $m$, "
        r"full or, for a diagonal policy, the diagonal.",
        r"P2: the mean's likelihood and KL have the metric $\Sigma_i^{-1}$, which "
        r"cancels: $\mu^*=(\mu_q+\alpha_\mu\mu_i)/(1+\alpha_\mu)$.",
        r"P2: the covariance's likelihood is taken at the old mean: $\Sigma^*="
        r"[\Sigma_q+(\mu_q-\mu_i)(\mu_q-\mu_i)^T+\alpha_\Sigma\Sigma_i]/"
        r"(1+\alpha_\Sigma)$, wider than q along its step. That keeps exploration.",
    ),
}
