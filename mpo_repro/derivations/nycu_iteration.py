"""A proposal of the NYCU re-implementation: iterate the E-step, and let Q follow q."""

import torch
from torch import Tensor

from mpo_repro.derivations import instances, tabular
from mpo_repro.derivations.certificate import ONLY_UNDER, Certificate, Refutation
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import e_step

COUNT = 200
SIZE = (6, 4)
ALPHAS = (0.1, 1.0)
SOFT_ITERATIONS = 200
HARD_COUNT = 60
HARD_ITERATIONS = 40
EPSILON = 0.1
SWEEPS = 20
INNER = (1, 2, 5)  # E-steps for one M-step; 1 is MPO
SETTLED = 1e-9


@check("nycu-iteration")
def nycu_iteration() -> Certificate:
    """Convergence of the iteration, its limit, and its speed beside MPO."""
    problems = {
        "broad": draw(12, COUNT, 0.9, 1.0),
        "near-deterministic": draw(12, COUNT, 0.99, 20.0),
    }
    soft = {
        (name, alpha): iterate_soft(*problem, alpha)
        for name, problem in problems.items()
        for alpha in ALPHAS
    }
    errors = {
        part: max(row["errors"][part] for row in soft.values())
        for part in next(iter(soft.values()))["errors"]
    }
    errors["hard bound: bisection and Newton's method"] = same_temperature()
    hard = iterate_hard(*draw(12, HARD_COUNT, 0.99, 20.0))
    curves = {k: by_sweep(*draw(13, HARD_COUNT, 0.9, 20.0), k) for k in INNER}
    lead = {k: (curves[1][10] - curves[k][10]).item() for k in INNER[1:]}
    unsettled = max(row["unsettled"] for row in soft.values())
    return Certificate(
        **_STATED,
        instances=COUNT * len(soft) + HARD_COUNT * (1 + len(INNER)),
        worst_error=max(errors.values()),
        tolerance=1e-9,
        verdict=ONLY_UNDER + "a soft alpha and a Q that carries the KL penalty",
        numbers=(*errors.items(), *_rows(soft, hard, curves)),
        refutations=(
            Refutation("plain Q, soft alpha: q settles (part not)", unsettled, 0.004),
            Refutation("plain Q: the return never falls", hard["falling runs"], 0.1),
            *(
                Refutation(
                    f"{k} E-steps per M-step gain no less than MPO in 10 evaluations "
                    "(what they are behind)",
                    lead[k],
                    0.005,
                )
                for k in INNER[1:]
            ),
        ),
        counterexample="near-deterministic MDPs, discount 0.99: "
        f"{100 * unsettled:.1f} % of the runs still change after 200 iterations",
        figure=_figure(curves),
    )


def draw(
    seed: int, count: int, discount: float, sharpness: float
) -> tuple[tabular.Mdp, Tensor]:
    """Draws MDPs and priors pi_i."""
    source = instances.generator(seed)
    mdp = tabular.random(source, count, SIZE, discount, sharpness)
    return mdp, tabular.random_policies(source, (count, *SIZE))


def iterate_soft(mdp: tabular.Mdp, policy: Tensor, strength: float) -> dict:
    """Iterates q = pi exp(Q^q / alpha) / Z with the regularised and the plain Q.

    Returns:
      `errors` of what holds for the regularised Q, `unsettled`: the part of runs with
      the plain Q that still change, and `two-cycles`: the part that alternates.
    """
    alpha = torch.tensor(strength, dtype=tabular.F64)
    q = plain = before = policy
    start = values = tabular.values(mdp, policy)
    fall = torch.zeros(())
    for _ in range(SOFT_ITERATIONS):
        q = tabular.improved(tabular.backup(mdp, values), policy, alpha)
        penalised = tabular.regularised(mdp, policy, q, alpha)
        old, values = values, tabular.values(mdp, q, penalised)
        fall = torch.maximum(fall, (old - values).max())
        again, before = before, plain
        plain = tabular.improved(tabular.action_values(mdp, plain), policy, alpha)
    scale = torch.maximum(start.abs().max(), values.abs().max())
    optimal = tabular.soft_values(tabular.backup(mdp, values), policy, alpha)
    change = (plain - before).abs().amax((-2, -1))
    alternates = (change > SETTLED) & ((plain - again).abs().amax((-2, -1)) < SETTLED)
    return {
        "errors": {
            "regularised Q: V_alpha falls": (fall / scale).item(),
            "regularised Q: limit solves (16)": (optimal - values).abs().max().item()
            / scale.item(),
        },
        "unsettled": (change > SETTLED).double().mean().item(),
        "two-cycles": alternates.double().mean().item(),
    }


def same_temperature() -> float:
    """Compares `tabular.bounded` with training's solver where pi is uniform."""
    mdp, policy = draw(14, 40, 0.9, 1.0)
    uniform = torch.full_like(policy, 1 / SIZE[1])
    q_values = tabular.action_values(mdp, uniform)
    _, found = tabular.bounded(q_values, uniform, EPSILON)
    solve = torch.vmap(e_step.optimal_temperature, in_dims=(0, None))
    # As a number, epsilon would be rounded to float32.
    expected = solve(q_values.mT, torch.tensor(EPSILON, dtype=tabular.F64))
    return ((found - expected).abs() / expected).max().item()


def iterate_hard(mdp: tabular.Mdp, policy: Tensor) -> dict[str, float]:
    """Iterates the E-step under the hard bound with the plain Q."""
    first = tabular.values(mdp, policy).mean(-1)
    gain = tabular.best_values(mdp).mean(-1) - first
    q, returns = policy, [first]
    for _ in range(HARD_ITERATIONS):
        before = q
        q, _ = tabular.bounded(tabular.action_values(mdp, q), policy, EPSILON)
        returns.append(tabular.values(mdp, q).mean(-1))
    path = (torch.stack(returns) - first) / gain
    changes = path.diff(dim=0)
    still = (q - before).abs().amax((-2, -1)) > SETTLED
    return {
        "unsettled": still.double().mean().item(),
        "falling runs": (changes < -1e-9).any(0).double().mean().item(),
        "largest fall": -changes.min().item(),
        "gain of one E-step": path[1].mean().item(),
        "gain of the limit": path[-1].mean().item(),
    }


def by_sweep(mdp: tabular.Mdp, policy: Tensor, inner: int) -> Tensor:
    """Follows the return of q over evaluations of Q.

    Args:
      mdp: R MDPs.
      policy: pi_0, shape [R, S, K].
      inner: E-steps, each with an evaluation of Q^q, before the M-step sets pi = q.

    Returns:
      What part of the room was gained after 0, 1, ... `SWEEPS` evaluations, mean over
      runs, shape [SWEEPS + 1].
    """
    first = tabular.values(mdp, policy).mean(-1)
    gain = tabular.best_values(mdp).mean(-1) - first
    q, returns = policy, [first]
    for sweep in range(SWEEPS):
        if sweep % inner == 0:
            policy = q
        q, _ = tabular.bounded(tabular.action_values(mdp, q), policy, EPSILON)
        returns.append(tabular.values(mdp, q).mean(-1))
    return ((torch.stack(returns) - first) / gain).mean(-1)


def _rows(soft: dict, hard: dict, curves: dict) -> list[tuple[str, float | str]]:
    found: list[tuple[str, float | str]] = [
        (
            f"plain Q, {name}, alpha {alpha}: unsettled; in a cycle of two",
            f"{100 * row['unsettled']:.1f} %; {100 * row['two-cycles']:.1f} %",
        )
        for (name, alpha), row in soft.items()
    ]
    found += [(f"hard bound {EPSILON}, plain Q: {name}", v) for name, v in hard.items()]
    for k, curve in curves.items():
        steps = [curve[k * step].item() for step in (1, 2, 3)]
        text = "; ".join(f"{100 * value:.1f} %" for value in steps)
        found.append((f"gained after 1, 2, 3 M-steps of {k} E-steps", text))
        found.append((f"gained after 10 evaluations, {k} a M-step", curve[10].item()))
    return found


def _figure(curves: dict[int, Tensor]) -> dict:
    labels = {1: "MPO"} | {k: f"{k} E-steps for one M-step" for k in INNER[1:]}
    return {
        "title": "Letting Q follow q, per evaluation of Q (epsilon 0.1)",
        "x_label": "exact evaluations of Q",
        "y_label": "gained, % of what there is",
        "x_log": False,
        "y_log": False,
        "series": [
            {
                "label": labels[k],
                "x": list(range(SWEEPS + 1)),
                "y": (100 * curve).tolist(),
            }
            for k, curve in curves.items()
        ],
    }


_STATED = {
    "name": "nycu-iteration",
    "place": "NYCU re-implementation, proposal (N1); P1, Sec. 3.2 (partial E-step)",
    "statement": "The E-step, iterated with Q following q, converges, and improves "
    "faster than MPO.",
    "method": "exact tabular",
    "latex": r"q_{k+1}\propto\pi_i\,e^{Q^{q_k}/\eta},\qquad \pi_{i+1}=q_K",
    "assumptions": (
        "exact Q, the M-step reaches q; MPO is K = 1",
        "one sweep is one exact evaluation of Q and one E-step",
    ),
    "steps": (
        r"With the regularised $Q_\alpha^{q}$ the iteration is soft policy iteration: "
        r"$V_\alpha$ never falls and the limit is $q_\alpha^{\pi_i,*}$, the full "
        r"E-step "
        "that the corrected Prop. 3 needs.",
        r"With the plain $Q^q$ a limit solves $q\propto\pi_ie^{Q^q/\eta}$, which "
        r"maximises "
        "nothing in particular. Most runs settle within 20 iterations; some, near-"
        "deterministic with a discount of 0.99, do not; the return falls on the way.",
        "The first E-step uses the bound up. Those that follow turn q a little within "
        "the same bound, and cost an evaluation each: per evaluation MPO is nearly K "
        "times as fast.",
        "Per M-step the iteration gains slightly more: worth it only where an M-step "
        "costs much more than an evaluation of Q.",
    ),
}
