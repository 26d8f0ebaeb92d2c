"""How often MPO as it is run lowers the true return from one iteration to the next."""

from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.derivations import instances, tabular, tabular_mpo
from mpo_repro.derivations.certificate import ONLY_UNDER, Certificate, Refutation
from mpo_repro.derivations.registry import check

RUNS = 16
SIZE = (6, 4)
SHARPNESS = 2.0
ITERATIONS = 20
SAMPLES = (1, 2, 5, 20, 50)
EPSILONS = (0.01, 0.1, 1.0)
# A change of the return counts if it is above this part of what there is to gain.
COUNTED = 1e-6
DRAWS = 8


class Outcome(NamedTuple):
    """What R runs did.

    falls: part of the iterations that moved the return and lowered it.
    lost: sum of all falls of a run, of what there was to gain, mean over runs.
    gained: return gained by the end, of what there was to gain, mean over runs.
    worst: largest fall in an iteration, of what there was to gain.
    """

    falls: float
    lost: float
    gained: float
    worst: float


@check("sampled-improvement")
def sampled_improvement() -> Certificate:
    """Exact MPO never falls; sampled actions and a fitted Q make it fall."""
    found = {
        (fitted, epsilon, samples): measure(
            tabular_mpo.Settings(samples, epsilon, fitted)
        )
        for fitted in (False, True)
        for epsilon in EPSILONS
        for samples in (*SAMPLES, None)
    }
    exact = [found[False, epsilon, None] for epsilon in EPSILONS]
    few, usual = found[False, 0.01, 2], found[True, 0.1, 20]
    repeated = {
        fitted: measure(tabular_mpo.Settings(5, 0.01, fitted, draws=DRAWS))
        for fitted in (False, True)
    }
    return Certificate(
        **_STATED,
        instances=RUNS * ITERATIONS * (len(found) + len(repeated)),
        worst_error=max(outcome.worst for outcome in exact),
        tolerance=1e-9,
        verdict=ONLY_UNDER + "an exact Q and an expectation over all actions",
        numbers=(*_rows(found), *_repeated_rows(repeated)),
        refutations=(
            Refutation("exact Q, M = 2, epsilon 0.01: no fall", few.falls, 0.05),
            Refutation("fitted Q, M = 20, epsilon 0.1: no fall", usual.falls, 0.005),
            Refutation(
                "fitted Q, expectation over all actions, epsilon 1: no fall",
                found[True, 1.0, None].falls,
                0.02,
            ),
        ),
        counterexample=f"with M = 20, epsilon = 0.1 and Q fitted to "
        f"{tabular_mpo.KEPT * tabular_mpo.SEQUENCES * tabular_mpo.LENGTH} transitions, "
        f"{100 * usual.falls:.1f} % of the iterations that move the return lower it, "
        f"the "
        f"worst by {100 * usual.worst:.1f} % of what there was to gain",
        figure=_figure(found),
    )


def measure(settings: tabular_mpo.Settings, seed: int = 9) -> Outcome:
    """Runs R times `ITERATIONS` iterations and follows the true return.

    Args:
      settings: of the algorithm.
      seed: of MDPs, first policies and samples; the same for all settings.
    """
    source = instances.generator(seed)
    mdp = tabular.random(source, RUNS, SIZE, sharpness=SHARPNESS)
    policy = tabular.random_policies(source, (RUNS, *SIZE))
    run = tabular_mpo.start(mdp, policy, seed)
    returns = [tabular.values(mdp, policy).mean(-1)]
    for _ in range(ITERATIONS):
        tabular_mpo.iterate(run, settings)
        returns.append(tabular.values(mdp, run.policy).mean(-1))
    return summarise(torch.stack(returns), tabular.best_values(mdp).mean(-1))


def summarise(returns: Tensor, best: Tensor) -> Outcome:
    """Counts the falls of returns [I + 1, R] below the best return [R]."""
    room = best - returns[0]
    changes = returns.diff(dim=0) / room
    moved = (changes.abs() > COUNTED).sum()
    fell = (changes < -COUNTED).sum()
    drops = (-changes).clamp(min=0)
    return Outcome(
        falls=(fell / moved.clamp(min=1)).item(),
        lost=drops.sum(0).mean().item(),
        gained=((returns[-1] - returns[0]) / room).mean().item(),
        worst=drops.max().item(),
    )


def _rows(found: dict[tuple, Outcome]) -> list[tuple[str, str]]:
    return [
        (
            f"{'fitted' if fitted else 'exact'} Q, epsilon {epsilon}, "
            f"M = {samples or 'all'}: falls; lost; gained",
            _text(outcome),
        )
        for (fitted, epsilon, samples), outcome in found.items()
    ]


def _repeated_rows(found: dict[bool, Outcome]) -> list[tuple[str, str]]:
    return [
        (
            f"{'fitted' if fitted else 'exact'} Q, epsilon 0.01, M = 5 drawn anew "
            f"{DRAWS} times for one M-step",
            _text(outcome),
        )
        for fitted, outcome in found.items()
    ]


def _text(outcome: Outcome) -> str:
    parts = (outcome.falls, outcome.lost, outcome.gained)
    return "; ".join(f"{100 * part:.1f} %" for part in parts)


def _figure(found: dict[tuple, Outcome]) -> dict:
    series = [
        {
            "label": f"{'fitted' if fitted else 'exact'} Q, epsilon {epsilon}",
            "x": list(SAMPLES),
            "y": [100 * found[fitted, epsilon, m].falls for m in SAMPLES],
        }
        for fitted in (False, True)
        for epsilon in EPSILONS
    ]
    return {
        "title": "Iterations of MPO that lower the true return",
        "x_label": "sampled actions M per state",
        "y_label": "iterations that lower the return, %",
        "x_log": True,
        "y_log": False,
        "series": series,
    }


_STATED = {
    "name": "sampled-improvement",
    "place": "P1, Sec. 3 and Alg. 2 beside App. A",
    "statement": "Each iteration of MPO with hard bounds raises the return.",
    "method": "exact returns of tabular MDPs; Monte Carlo over runs of the algorithm",
    "latex": r"V^{\pi_{i+1}}\geq V^{\pi_i}",
    "assumptions": (
        "6 states, 4 actions, discount 0.9, standard normal rewards; 20 iterations "
        "from "
        "a random policy",
        "16 runs: shares differ by up to 5 points from one draw of MDPs to another",
        "a batch of 24 states, so that one state is drawn about four times",
        "the same epsilon bounds E-step and M-step; the M-step's table is fitted "
        "exactly",
    ),
    "steps": (
        r"$E_qQ^{\pi_i}\geq V^{\pi_i}$ in every state for $q\propto\pi_ie^{Q/\eta}$ "
        r"at any "
        r"$\eta$; the M-step's solution $(q+\lambda\pi_i)/(1+\lambda)$ keeps the "
        r"sign, and "
        r"the policy improvement theorem gives $V^{\pi_{i+1}}\geq V^{\pi_i}$: with "
        r"exact Q "
        r"and exact expectations nothing falls, at any $\epsilon$.",
        r"With M samples q has noise of size $1/\sqrt{M}$ beside a signal of size "
        r"$\sqrt{2\epsilon}$: falls are common where $M\epsilon$ is well below 1, and "
        r"rare "
        r"from about $M\epsilon=0.2$ on.",
        "M = 1 has weights of 1 whatever Q says: it is a random walk.",
        "With a fitted Q more samples stop helping: the errors of Q are followed more "
        r"exactly, the larger $\epsilon$ the further.",
    ),
}
