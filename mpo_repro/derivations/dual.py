"""Strong duality of the E-step on discrete action sets, against a convex solver."""

import numpy as np
import torch
from scipy import optimize

from mpo_repro.derivations import instances
from mpo_repro.derivations.certificate import HOLDS, Certificate
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import e_step

INSTANCES = 12
EPSILONS = (0.01, 0.1, 0.5)
SCALES = (0.1, 1.0, 30.0)
STARTS = 3  # of the solver, each where the last one ended: it may stop short
SMALLEST = 1e-12  # probability


def primal(case: instances.Discrete, epsilon: float) -> float:
    """Solves max E_s E_q[Q] subject to E_s KL(q || pi) <= epsilon over all q.

    Args:
      case: the E-step at B states with K actions; the states have equal weight.
      epsilon: the bound, in nats.

    Returns:
      The optimum, found without the dual (SLSQP), in units of return.
    """
    q_values, policy = case.q_values.numpy(), case.policy.numpy()
    scale = np.ptp(q_values - q_values.mean(1, keepdims=True)) or 1.0
    gains = ((q_values - q_values.mean(1, keepdims=True)) / scale).ravel()
    count, prior = len(policy), policy.ravel()

    def slack(q: np.ndarray) -> float:
        return epsilon - (q * np.log(q / prior)).sum() / count

    bound = {"type": "ineq", "fun": slack, "jac": lambda q: _slope(q, prior, count)}
    whole = {"type": "eq", "fun": lambda q: q.reshape(policy.shape).sum(1) - 1}
    found = prior
    for _ in range(STARTS):
        found = optimize.minimize(
            lambda q: -(gains @ q) / count,
            found.clip(SMALLEST, 1.0),
            jac=lambda q: -gains / count,
            method="SLSQP",
            bounds=[(SMALLEST, 1.0)] * prior.size,
            constraints=[bound, whole],
            options={"ftol": 1e-14, "maxiter": 500},
        ).x
    return float(q_values.mean() + scale * (gains @ found) / count)


def _slope(q: np.ndarray, prior: np.ndarray, count: int) -> np.ndarray:
    return -(np.log(q / prior) + 1) / count


@check("dual")
def dual() -> Certificate:
    """Optimum, realised KL, both derivatives and convexity of g."""
    source = instances.generator(5)
    rows = []
    for number in range(INSTANCES):
        scale = SCALES[number % 3]
        case = instances.discrete(3, 4, 10, scale, source)
        rows.append(_errors(case, EPSILONS[number // 3 % 3], scale))
    worst = {name: max(row[name] for row in rows) for name in rows[0]}
    return Certificate(
        **_STATED,
        instances=INSTANCES,
        worst_error=max(worst.values()),
        tolerance=1e-6,
        verdict=HOLDS,
        numbers=tuple(worst.items()),
    )


def _errors(case: instances.Discrete, epsilon: float, scale: float) -> dict:
    """Measures strong duality on one instance, in units of `scale`."""
    samples = case.samples
    best = e_step.optimal_temperature(samples, epsilon)
    q = case.collect(e_step.weights(samples, best))
    value = (q * case.q_values).sum(-1).mean()
    kl = torch.special.xlogy(q, q / case.policy).sum(-1).mean()
    optimum = primal(case, epsilon)
    found = {
        "primal - min g": abs(e_step.dual_value(best, samples, epsilon) - optimum),
        "primal - E_q[Q] at eta*": abs(value - optimum),
    }
    errors = {name: (gap / scale).item() for name, gap in found.items()}
    sampled = e_step.kl_to_samples(e_step.weights(samples, best)).mean()
    errors["realised KL / epsilon - 1"] = abs(kl / epsilon - 1).item()
    errors["sampled KL - KL"] = abs(sampled - kl).item()
    return errors | _derivatives(case, epsilon, best)


def _derivatives(case: instances.Discrete, epsilon: float, best: torch.Tensor) -> dict:
    """Compares g' with epsilon - KL and g'' with Var_q(Q) / eta^3 >= 0 around eta*."""
    samples = case.samples
    first = second = negative = 0.0
    for factor in torch.logspace(-1, 1, 7, dtype=instances.F64):
        eta = (best * factor).requires_grad_()
        value = e_step.dual_value(eta, samples, epsilon)
        (slope,) = torch.autograd.grad(value, eta, create_graph=True)
        (curvature,) = torch.autograd.grad(slope, eta)
        q = e_step.weights(samples, eta).detach()
        kl = e_step.kl_to_samples(q).mean()
        mean = (q * samples).sum(0)
        variance = (q * (samples - mean).square()).sum(0).mean()
        first = max(first, abs(slope - (epsilon - kl)).item())
        expected = variance / eta**3
        second = max(second, (abs(curvature - expected) * best).item())
        negative = max(negative, (-curvature * best).item())
    return {"g' - (epsilon - KL)": first, "g'' - Var/eta^3": second, "-g''": negative}


_STATED = {
    "name": "dual",
    "place": "P1, Eq. 9 and App. D.2",
    "statement": "The dual of the E-step is convex, its minimum is the primal optimum, "
    "and the KL that q realises at the minimum is epsilon.",
    "method": "convex solver (SLSQP on the primal), exact tabular",
    "latex": r"\max_{E\,\mathrm{KL}(q\Vert\pi)\leq\epsilon}E_q[Q]=\min_{\eta>0}"
    r"\left[\eta\epsilon+\eta\,E_s\log E_\pi e^{Q/\eta}\right]",
    "assumptions": (
        r"$\pi>0$ on a finite set of actions",
        r"$\epsilon$ below the largest reachable KL (else see dual-temperature)",
    ),
    "steps": (
        r"The primal is concave with an inner point $q=\pi$ (Slater): no duality gap.",
        r"$g^\prime(\eta)=\epsilon-E_s\mathrm{KL}(q_\eta\,\Vert\,\pi)$.",
        r"$g^{\prime\prime}(\eta)=E_s\mathrm{Var}_{q_\eta}(Q)/\eta^3\geq0$: convex, "
        r"strictly unless $Q$ is constant.",
        r"At $g^\prime(\eta^*)=0$ the realised KL is $\epsilon$.",
    ),
}
