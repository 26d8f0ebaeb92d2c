"""What the exchanged labels of E2 do: 0.1 on the covariance and 1e-4 on the mean.

Q is a fixed quadratic, so that every q is Gaussian and the M-step on its moments is
exact. E-step and M-step alternate; the M-step is solved as the constrained problem.
"""

import numpy as np
import torch
from scipy import optimize
from torch import Tensor

from mpo_repro.derivations import gaussian_kl, gaussians
from mpo_repro.derivations.certificate import CORRECTED, Certificate, Refutation
from mpo_repro.derivations.instances import F64
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import m_step
from mpo_repro.mpo.distributions import FullGaussian

EPSILON = 0.1
BOUNDS = {"mean": 0.1, "covariance": 1e-4}
ITERATIONS = 10
WAY = 10**0.5  # from the first mean to the optimum, in action units
OPTIMUM = torch.tensor([[3.0, -1.0]], dtype=F64)
CURVATURE = torch.tensor([[[1.0, 0.3], [0.3, 2.0]]], dtype=F64)  # of -Q


def improved(old: FullGaussian) -> FullGaussian:
    """Returns q = pi exp(Q / eta) / Z with KL(q || pi) = EPSILON."""

    def tilted(log_eta: float) -> FullGaussian:
        pull = CURVATURE / np.exp(log_eta)
        precision = torch.cholesky_inverse(old.cholesky) + pull
        gain = (pull @ (OPTIMUM - old.mean).unsqueeze(-1)).squeeze(-1)
        covariance = torch.linalg.inv(precision)
        mean = old.mean + (covariance @ gain.unsqueeze(-1)).squeeze(-1)
        return FullGaussian(mean, torch.linalg.cholesky(covariance))

    def excess(log_eta: float) -> float:
        return gaussian_kl.integrated(tilted(log_eta), old).item() - EPSILON

    return tilted(optimize.brentq(excess, -20, 20))


def fitted(old: FullGaussian, q: FullGaussian, printed_labels: bool) -> FullGaussian:
    """Solves the M-step of P1 with BOUNDS, by the print's labels or the right ones."""
    actions = gaussians.cubature(q)
    weights = torch.full(actions.shape[:2], 1 / len(actions), dtype=F64)

    def measure(flat: Tensor) -> Tensor:
        fit = m_step.coupled(_policy(flat, old), old, actions, weights)
        named = gaussian_kl.parts(old, _policy(flat, old), printed_labels)
        slack = [1 - named[name].sum() / bound for name, bound in BOUNDS.items()]
        return torch.stack([-fit.log_likelihood.sum(), *slack])

    cache: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def at(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        key = flat.tobytes()
        if key not in cache:
            point = torch.tensor(flat)
            slopes = torch.func.jacrev(measure)(point)
            cache[key] = measure(point).numpy(), slopes.numpy()
        return cache[key]

    constraint = {
        "type": "ineq",
        "fun": lambda flat: at(flat)[0][1:],
        "jac": lambda flat: at(flat)[1][1:],
    }
    found = optimize.minimize(
        lambda flat: (at(flat)[0][0], at(flat)[1][0]),
        np.zeros(5),
        jac=True,
        method="SLSQP",
        constraints=[constraint],
        options={"ftol": 1e-10, "maxiter": 200},
    )
    return _policy(torch.tensor(found.x), old)


def _policy(flat: Tensor, old: FullGaussian) -> FullGaussian:
    """Moves pi_i by 2 numbers for the mean and 3 for the factor, in units of L."""
    one, zero = torch.ones_like(flat[0]), torch.zeros_like(flat[0])
    rows = [flat[2].exp(), zero, flat[3], flat[4].exp() * one]
    change = torch.stack(rows).view(1, 2, 2)
    mean = old.mean + (old.cholesky @ flat[:2].view(1, 2, 1)).squeeze(-1)
    return FullGaussian(mean, old.cholesky @ change)


def _run(printed_labels: bool) -> dict[str, list[float]]:
    """Alternates E- and M-step; returns realised KLs and spread of each iteration."""
    policy = FullGaussian(torch.zeros(1, 2, dtype=F64), torch.eye(2, dtype=F64)[None])
    rows = {"mean": [], "covariance": [], "stddev": [1.0], "distance": [WAY]}
    for _ in range(ITERATIONS):
        new = fitted(policy, improved(policy), printed_labels)
        for name, value in gaussian_kl.parts(policy, new, False).items():
            rows[name].append(value.item())
        policy = new
        rows["stddev"].append((policy.half_log_determinant() / 2).exp().item())
        rows["distance"].append((policy.mean - OPTIMUM).norm().item())
    return rows


def covered(rows: dict[str, list[float]]) -> float:
    """Returns how much nearer to the optimum the mean has come, in action units."""
    return WAY - rows["distance"][-1]


def shortfalls(right: dict, wrong: dict) -> dict[str, float]:
    """Measures what the right labels promise; 0 where they keep it.

    Args:
      right: `_run` with the right labels.
      wrong: with the labels as printed.
    """
    over = {name: max(right[name]) / bound - 1 for name, bound in BOUNDS.items()}
    kept, lost = right["stddev"][-1], 1 - wrong["stddev"][-1]
    found = {f"right labels: {name} KL above its bound": over[name] for name in over}
    found["right labels: mean short of half its way"] = 0.5 - covered(right) / WAY
    narrowed = "right labels: stddev lost, beyond half of what exchanged ones lose"
    found[narrowed] = 1 - kept - lost / 2
    return {name: max(0.0, value) for name, value in found.items()}


@check("misread-labels")
def misread_labels() -> Certificate:
    """Runs both readings from the same policy on the same Q."""
    right, wrong = _run(False), _run(True)
    errors = shortfalls(right, wrong)
    excess = max(wrong["covariance"]) / BOUNDS["covariance"]
    stalled = BOUNDS["mean"] / max(wrong["mean"])
    numbers = []
    for name, rows in (("right labels", right), ("exchanged", wrong)):
        numbers += [
            (f"largest mean KL, {name}", max(rows["mean"])),
            (f"largest covariance KL, {name}", max(rows["covariance"])),
            (f"stddev after {ITERATIONS} iterations, {name}", rows["stddev"][-1]),
            (f"distance of the mean from the optimum, {name}", rows["distance"][-1]),
        ]
    return Certificate(
        **_STATED,
        instances=2 * ITERATIONS,
        worst_error=max(errors.values()),
        tolerance=1e-4,
        verdict=CORRECTED,
        numbers=(*errors.items(), *numbers),
        refutations=(
            Refutation("E2: the covariance KL stays below 1e-4 (times)", excess, 10.0),
            Refutation("E2: the mean may move by 0.1 (times less)", stalled, 10.0),
            Refutation(
                "E2: the mean covers as much of its way (part of it that is missing)",
                (covered(right) - covered(wrong)) / WAY,
                0.4,
            ),
            Refutation(
                "E2: the stddev stays as it does with the right labels (what is lost)",
                right["stddev"][-1] - wrong["stddev"][-1],
                0.05,
            ),
        ),
        counterexample=f"the covariance KL reaches {excess * 1e-4:.3g} = {excess:.0f} "
        f"times its bound, and after {ITERATIONS} iterations the mean has covered "
        f"{covered(wrong):.2f} of {WAY:.2f} ({covered(right):.2f} with the right "
        "labels) while the "
        f"stddev fell from 1 to {wrong['stddev'][-1]:.2f} ({right['stddev'][-1]:.2f})",
        figure=_figure(right, wrong),
    )


def _figure(right: dict, wrong: dict) -> dict:
    steps = list(range(ITERATIONS + 1))
    pairs = (("right labels", right), ("labels exchanged", wrong))
    series = [
        {"label": f"{label}, {quantity}", "x": steps, "y": rows[key]}
        for label, rows in pairs
        for key, quantity in (("stddev", "stddev"), ("distance", "distance to go"))
    ]
    return {
        "title": "Exchanged labels: the policy narrows before it has moved",
        "x_label": "iteration of E-step and M-step",
        "y_label": "action units",
        "x_log": False,
        "y_log": False,
        "series": series,
    }


_STATED = {
    "name": "misread-labels",
    "place": "P1, App. D.3 (27) and Table 2",
    "statement": "With epsilon_mu = 0.1 on the quadratic term and epsilon_Sigma = 1e-4 "
    "on the trace/log-det term, the mean moves and exploration stays; with the labels "
    "as printed it is the other way round.",
    "method": "constrained M-step (SLSQP) on exact moments",
    "latex": r"C_\mu\leq0.1,\quad C_\Sigma\leq10^{-4}",
    "assumptions": ("quadratic Q, two action dimensions", "E-step with epsilon 0.1"),
    "steps": (
        r"$q\propto\pi_i\,e^{Q/\eta}$ is Gaussian: its moments are those of 4 points.",
        r"The M-step maximises $E_q\ln\pi$ under both bounds; $C_\mu$ and $C_\Sigma$ "
        r"are taken by the right and by the printed labels, with the same code.",
        r"By the printed labels the mean may move by $10^{-4}$ nats only, and the "
        r"covariance fits $q$, which is narrower than $\pi_i$, almost freely.",
    ),
    "errata": ("E2",),
}
