"""The bias of the sampled dual, computed without sampling.

With two actions the number of times that each is drawn is binomial, so that the
expectation over samples is a finite sum.
"""

import math

import torch
from scipy import stats

from mpo_repro.derivations.certificate import HOLDS, Certificate
from mpo_repro.derivations.instances import F64
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import e_step

EPSILON = 0.1
POLICIES = (0.1, 0.5, 0.8)  # probability of the better action
ADVANTAGES = (0.3, 1.0, 2.0)  # of the better action, in units of eta
COUNTS = (150, 300)
SCALE = 7.0  # temperature, in units of return


def expected_dual(probability: float, advantage: float, count: int) -> float:
    """Returns E g on `count` samples of two actions, over all possible draws.

    Args:
      probability: of the better action.
      advantage: of the better action over the other, in units of eta.
      count: M.
    """
    eta = torch.tensor(SCALE, dtype=F64)
    total = 0.0
    for hits in range(count + 1):
        better = (torch.arange(count) < hits).to(F64)
        q_values = (eta * advantage * better).unsqueeze(-1)  # [M, 1]
        chance = float(stats.binom.pmf(hits, count, probability))
        total += chance * e_step.dual_value(eta, q_values, EPSILON).item()
    return total


@check("dual-bias")
def dual_bias() -> Certificate:
    """Extrapolates M times the bias and compares it with -eta Var(w) / 2."""
    numbers, errors, at_20 = [], [], []
    for probability in POLICIES:
        for advantage in ADVANTAGES:
            limit, expected = _limits(probability, advantage)
            errors.append(abs(limit - expected) / SCALE)
            gap = expected_dual(probability, advantage, 20)
            at_20.append(gap - _exact(probability, advantage))
            name = f"pi = {probability}, A = {advantage} eta"
            numbers.append((f"M times the bias / eta, {name}", limit / SCALE))
            numbers.append((f"-Var(w) / 2, {name}", expected / SCALE))
    numbers.append(("largest bias / eta at M = 20", min(at_20) / SCALE))
    positive = max(0.0, *at_20)
    return Certificate(
        **_STATED,
        instances=len(POLICIES) * len(ADVANTAGES),
        worst_error=max(*errors, positive),
        tolerance=1e-3,
        verdict=HOLDS,
        numbers=tuple(numbers),
    )


def _exact(probability: float, advantage: float) -> float:
    z = 1 + probability * math.expm1(advantage)
    return SCALE * (EPSILON + math.log(z))


def _limits(probability: float, advantage: float) -> tuple[float, float]:
    """Returns lim M (E g_M - g), extrapolated, and -eta Var(w) / 2."""
    exact = _exact(probability, advantage)
    small, large = (
        count * (expected_dual(probability, advantage, count) - exact)
        for count in COUNTS
    )
    z = 1 + probability * math.expm1(advantage)
    spread = math.expm1(advantage) / z
    variance = probability * (1 - probability) * spread**2
    return 2 * large - small, -SCALE * variance / 2


_STATED = {
    "name": "dual-bias",
    "place": "P1, Eq. 9 on samples",
    "statement": "The bias of the sampled dual is -eta Var(w) / (2 M) to first order, "
    "w = exp(Q / eta) / Z, and never positive.",
    "method": "exact enumeration of all draws, extrapolated from M = 150 and 300",
    "latex": r"\lim_{M\to\infty}M\,(E\,\hat{g}-g)=-\frac{\eta}{2}"
    r"\mathrm{Var}_\pi\left(\frac{e^{Q/\eta}}{Z}\right)",
    "assumptions": ("two actions", "errors in units of eta"),
    "steps": (
        r"$K\sim\mathrm{Bin}(M,\pi)$ draws of the better action: "
        r"$E\,\hat{g}=\sum_KP(K)\,\hat{g}(K)$.",
        r"$M\,(E\,\hat{g}-g)=c+d/M+O(M^{-2})$: twice its value at $2M$ minus that at "
        r"$M$ is $c+O(M^{-2})$.",
        r"$c=-\eta\,\mathrm{Var}(w)/2$ by the expansion of the logarithm.",
    ),
}
