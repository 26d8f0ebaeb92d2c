"""The prior of the M-step: its covariance, its penalty and the factor 1/2 (E6)."""

import math

import torch
from torch import Tensor

from mpo_repro.derivations.certificate import CORRECTED, Certificate, Refutation
from mpo_repro.derivations.families import FAMILIES, Family
from mpo_repro.derivations.instances import generator, normal
from mpo_repro.derivations.registry import check

INSTANCES = 4
LAMBDA = 3.0
STEPS = tuple(2.0**-power for power in range(3, 11))
PENALTIES = {  # name: (inverse Fisher matrix, factor)
    "corrected: d^T F d / 2": (False, 0.5),
    "printed: d^T F^-1 d": (True, 1.0),
    "d^T F d without 1/2": (False, 1.0),
    "d^T F^-1 d / 2": (True, 0.5),
}
CORRECT = next(iter(PENALTIES))
PRIORS = ("corrected: covariance F^-1 / lambda", "printed: covariance F / lambda")


def penalty(fisher: Tensor, step: Tensor, name: str) -> Tensor:
    """Returns one of PENALTIES at d = `step`, scalar."""
    inverse, factor = PENALTIES[name]
    matrix = torch.linalg.inv(fisher) if inverse else fisher
    return factor * step @ matrix @ step


def prior_penalty(fisher: Tensor, step: Tensor, printed: bool) -> Tensor:
    """Returns -log p(theta_i + d) + log p(theta_i) over lambda for the prior."""
    covariance = (fisher if printed else torch.linalg.inv(fisher)) / LAMBDA
    prior = torch.distributions.MultivariateNormal(torch.zeros_like(step), covariance)
    return (prior.log_prob(torch.zeros_like(step)) - prior.log_prob(step)) / LAMBDA


def remainders(family: Family, point: Tensor, direction: Tensor) -> dict[str, list]:
    """Returns |KL - penalty| for each h of STEPS and d = h direction."""
    fisher = family.fisher(point)
    found: dict[str, list] = {name: [] for name in (*PENALTIES, *PRIORS)}
    for size in STEPS:
        step = size * direction
        kl = family.kl(point, point + step)
        for name in PENALTIES:
            found[name].append(abs(kl - penalty(fisher, step, name)).item())
        for name in PRIORS:
            value = prior_penalty(fisher, step, name.startswith("printed"))
            found[name].append(abs(kl - value).item())
    return found


def order(errors: list[float]) -> float:
    """Returns the order in h, extrapolated from the last three steps."""
    *_, large, middle, small = errors
    return 2 * math.log2(middle / small) - math.log2(large / middle)


@check("fisher-prior")
def fisher_prior() -> Certificate:
    """The order of what each penalty leaves of the KL."""
    source = generator(14)
    drawn = []
    for family in FAMILIES.values():
        for _ in range(INSTANCES):
            point = 0.7 * normal((family.size,), source)
            direction = normal((family.size,), source)
            drawn.append(remainders(family, point, direction / direction.norm()))
    orders = {name: [order(row[name]) for row in drawn] for name in drawn[0]}
    right = [value for name in (CORRECT, PRIORS[0]) for value in orders[name]]
    wrong = {name: found for name, found in orders.items() if "corrected" not in name}
    return Certificate(
        **_STATED,
        instances=len(drawn),
        worst_error=max(abs(value - 3) for value in right),
        tolerance=0.05,
        verdict=CORRECTED,
        numbers=tuple(
            (f"order of the remainder, {name}: {label}", pick(found))
            for name, found in orders.items()
            for label, pick in (("smallest", min), ("largest", max))
        ),
        refutations=tuple(
            Refutation(f"E6: {name} is the second-order term (3 - order)", gap, 0.4)
            for name, gap in ((name, 3 - max(found)) for name, found in wrong.items())
        ),
        counterexample=_counterexample(),
        figure=_figure(drawn[0]),
        errata=("E6",),
    )


def _counterexample() -> str:
    family = FAMILIES["categorical"]
    point = torch.zeros(family.size, dtype=torch.float64)
    step = torch.full_like(point, 0.1)
    fisher, kl = family.fisher(point), family.kl(point, point + step)
    right, printed = (penalty(fisher, step, name) for name in list(PENALTIES)[:2])
    return (
        f"a uniform policy on 4 actions, d = (0.1, 0.1, 0.1): KL = {kl:.6f}, "
        f"d^T F d / 2 = {right:.6f}, printed d^T F^-1 d = {printed:.4f}, "
        f"{printed / kl:.0f} times the KL"
    )


def _figure(found: dict[str, list]) -> dict:
    return {
        "title": "What is left of the KL after each penalty",
        "x_label": "step h",
        "y_label": "|KL - penalty|, nats",
        "x_log": True,
        "y_log": True,
        "series": [
            {"label": name, "x": list(STEPS), "y": found[name]} for name in PENALTIES
        ],
    }


_STATED = {
    "name": "fisher-prior",
    "place": "P1, Eqs. 10-11 and (25)",
    "statement": "With a normal prior of covariance F^-1 / lambda the M-step's penalty "
    "is lambda d^T F d / 2, the second-order Taylor term of lambda KL(pi_i || pi).",
    "method": "automatic differentiation; order of the remainder by extrapolation",
    "latex": r"\mathrm{KL}(\pi_{\theta_i}\Vert\pi_{\theta_i+d})=\frac{1}{2}d^TF\,d+"
    r"O(\Vert d\Vert^3),\quad p(\theta)=N(\theta_i,F^{-1}/\lambda)",
    "assumptions": ("F is regular", "the worst error is that of the order 3"),
    "steps": (
        r"The KL and its gradient are 0 at $d=0$, its Hessian is $F$ (fisher-metric).",
        r"Hence $\mathrm{KL}=\frac{1}{2}d^TF\,d+O(h^3)$ for $\Vert d\Vert=h$: halving "
        r"$h$ divides the remainder by 8.",
        r"$-\log N(\theta_i+d;\theta_i,C)=\frac{1}{2}d^TC^{-1}d+\mathrm{const}$: the "
        r"penalty $\lambda\,d^TF\,d/2$ asks for $C=F^{-1}/\lambda$.",
        r"With $C=F/\lambda$, or $d^TF^{-1}d$, or without $\frac{1}{2}$ the remainder "
        r"is of second order, as large as the KL itself (E6).",
    ),
}
