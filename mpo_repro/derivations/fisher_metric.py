"""The Hessian of KL(pi_i || pi) at pi_i is the Fisher matrix."""

import torch

from mpo_repro.derivations.certificate import HOLDS, Certificate
from mpo_repro.derivations.families import FAMILIES, Family
from mpo_repro.derivations.instances import generator, normal, relative
from mpo_repro.derivations.registry import check

INSTANCES = 6


@check("fisher-metric")
def fisher_metric() -> Certificate:
    """Hessian against the second moment of the score; gradient 0; both directions."""
    source = generator(13)
    worst = {}
    for name, family in FAMILIES.items():
        points = [0.7 * normal((family.size,), source) for _ in range(INSTANCES)]
        rows = [_errors(family, point) for point in points]
        for key in rows[0]:
            worst[f"{key}, {name}"] = max(row[key] for row in rows)
    return Certificate(
        **_STATED,
        instances=INSTANCES * len(FAMILIES),
        worst_error=max(worst.values()),
        tolerance=1e-9,
        verdict=HOLDS,
        numbers=tuple(worst.items()),
    )


def _errors(family: Family, point: torch.Tensor) -> dict[str, float]:
    fisher = family.fisher(point)
    forward = torch.func.hessian(lambda new: family.kl(point, new))(point)
    reverse = torch.func.hessian(lambda new: family.kl(new, point))(point)
    slope = torch.func.grad(lambda new: family.kl(point, new))(point)
    return {
        "Hessian of KL(pi_i || pi) - F": relative(forward, fisher),
        "Hessian of KL(pi || pi_i) - F": relative(reverse, fisher),
        "gradient": slope.abs().max().item(),
        "negative eigenvalue": max(0.0, -torch.linalg.eigvalsh(fisher).min().item()),
    }


_STATED = {
    "name": "fisher-metric",
    "place": "P1, Eqs. 10-11",
    "statement": "KL(pi_i || pi) is stationary at pi_i and its Hessian there is the "
    "Fisher matrix F, for either direction of the KL.",
    "method": "automatic differentiation against exact integration of the score",
    "latex": r"\nabla^2_\theta\,\mathrm{KL}(\pi_{\theta_i}\Vert\pi_\theta)"
    r"\Big|_{\theta=\theta_i}=F=E_{\pi_{\theta_i}}\left[\nabla\log\pi\,"
    r"\nabla\log\pi^T\right]",
    "assumptions": ("the policy is smooth in its parameters",),
    "steps": (
        r"$\nabla_\theta\mathrm{KL}=-E_{\pi_i}\nabla\log\pi_\theta$, which is 0 at "
        r"$\theta_i$, as $\int\nabla\pi=\nabla1$.",
        r"$\nabla^2_\theta\mathrm{KL}=-E_{\pi_i}\nabla^2\log\pi_\theta$, and "
        r"$E\,\nabla^2\log\pi=-E\,\nabla\log\pi\,\nabla\log\pi^T$.",
        "The Gaussian's KL is the sum of the two terms that training bounds, its score "
        "that of the log-likelihood that training maximises.",
    ),
}
