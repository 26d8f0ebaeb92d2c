"""The temperature of the E-step, also where its bound cannot be met.

It cannot for constant Q, for one action, and for an epsilon above the largest KL that
any q on the samples reaches (log N, or less where actions tie). The temperature then
falls to its smallest value and q is greedy, which is the primal's solution there.
"""

import math

import torch
from torch import Tensor

from mpo_repro.derivations.certificate import ONLY_UNDER, Certificate, Refutation
from mpo_repro.derivations.instances import F64, generator, normal
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import e_step

SCALES = tuple(10.0**power for power in range(-6, 7))
SHAPES = ((3, 1), (20, 8), (30, 40))  # N, B
EPSILON = 0.1
UNREACHABLE = 10.0
REACHED_FROM = 1e-5  # the smallest temperature is 1e-6


@check("dual-temperature")
def dual_temperature() -> Certificate:
    """The realised KL where epsilon can be reached, the greedy q where it cannot."""
    source = generator(6)
    values = [normal(shape, source) for shape in SHAPES]
    misses = {s: max(_miss(s * value, EPSILON) for value in values) for s in SCALES}
    reached = max(miss for s, miss in misses.items() if s >= REACHED_FROM)
    edges = _edges(values[1])
    below = _miss(0.1 * e_step.SMALLEST_TEMPERATURE * values[1], EPSILON)
    constant = _miss(torch.ones_like(values[1]), EPSILON)
    return Certificate(
        **_STATED,
        instances=(len(SHAPES) + len(edges)) * len(SCALES),
        worst_error=max(reached, *edges.values()),
        tolerance=1e-6,
        verdict=ONLY_UNDER + "an epsilon that some q reaches and values that spread "
        "well over the smallest temperature",
        numbers=(
            ("|KL / epsilon - 1|, scales 1e-5 to 1e6", reached),
            ("|KL / epsilon - 1|, values of scale 1e-7", below),
            ("|KL / epsilon - 1|, constant Q", constant),
            *(
                (f"error of q and min g, {name}", error)
                for name, error in edges.items()
            ),
        ),
        refutations=(
            Refutation("KL = epsilon for constant Q (relative)", constant, 0.4),
            Refutation("KL = epsilon for values of scale 1e-7 (relative)", below, 0.4),
        ),
        counterexample=f"values of scale 1e-7: the smallest temperature "
        f"{e_step.SMALLEST_TEMPERATURE:g} is above eta*, and the realised KL misses "
        f"epsilon by {100 * below:.1f} %",
    )


def _miss(q_values: Tensor, epsilon: float) -> float:
    """Returns |KL / epsilon - 1| at the temperature that training uses."""
    eta = e_step.optimal_temperature(q_values, epsilon)
    kl = e_step.kl_to_samples(e_step.weights(q_values, eta)).mean()
    return abs(kl.item() / epsilon - 1)


def _edges(values: Tensor) -> dict[str, float]:
    """Compares with the primal's solution, at every scale."""
    tied = values.clone()
    tied[:2] = values.amax(0) + 1  # two best actions in every state
    cases = {
        "constant Q": (torch.ones_like(values), EPSILON, 0.0),
        "one action": (values[:1], EPSILON, 0.0),
        "epsilon above log N": (values, UNREACHABLE, math.log(len(values))),
        "two best actions": (tied, UNREACHABLE, math.log(len(values) / 2)),
    }
    return {
        name: max(_greedy_error(s * q, epsilon, largest, s) for s in SCALES if s > 1e-4)
        for name, (q, epsilon, largest) in cases.items()
    }


def _greedy_error(
    q_values: Tensor, epsilon: float, largest: float, scale: float
) -> float:
    """Returns the largest error of q, its KL and min g, in units of `scale`."""
    eta = e_step.optimal_temperature(q_values, epsilon)
    q = e_step.weights(q_values, eta)
    best = q_values.amax(0)
    greedy = (q_values == best).to(F64)
    greedy = greedy / greedy.sum(0)
    value = e_step.dual_value(eta, q_values, epsilon)
    # g falls towards mean max Q as eta -> 0; at the floor eta (epsilon - KL) is left.
    left = eta * (epsilon - largest)
    errors = (
        (q - greedy).abs().max().item(),
        abs(e_step.kl_to_samples(q).mean().item() - largest),
        abs((value - best.mean() - left).item()) / scale,
        abs(((q * q_values).sum(0) - best).max().item()) / scale,
    )
    return max(errors)


_STATED = {
    "name": "dual-temperature",
    "place": "P1, Eq. 9 and App. D.2",
    "statement": "The temperature that minimises the dual realises KL = epsilon. Where "
    "no q reaches epsilon it goes to 0 and q becomes greedy.",
    "method": "exact tabular, scales of Q from 1e-6 to 1e6",
    "latex": r"E_s\mathrm{KL}(q_{\eta^*}\Vert\pi)=\epsilon\quad\mathrm{or}\quad"
    r"\eta^*\to0,\ q\to\mathrm{argmax}_a\,Q",
    "assumptions": (
        "the smallest temperature is 1e-6, in units of return",
        r"the largest KL is $\log N$, or $\log(N/k)$ if $k$ samples tie for the best",
    ),
    "steps": (
        r"$g^\prime(\eta)=\epsilon-E_s\mathrm{KL}(q_\eta\Vert\pi)$, and the KL falls "
        r"from $E_s\log(N/k)$ at $\eta=0$ to 0 at $\eta=\infty$.",
        r"So $g^\prime$ has a root if and only if $\epsilon<E_s\log(N/k)$.",
        r"Else $g$ increases, its infimum is the limit $E_s\max_aQ(s,a)$ at "
        r"$\eta\to0$: the primal optimum, as the bound does not bind.",
        r"Constant $Q$ and one action are the cases $k=N$: $q=\pi$ at every $\eta$.",
    ),
}
