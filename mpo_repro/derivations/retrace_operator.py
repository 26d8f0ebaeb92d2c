"""Retrace as an operator: Eq. 13 with and without the discount of its bootstrap."""

import torch
from torch import Tensor

from mpo_repro.derivations import instances, sequences, tabular
from mpo_repro.derivations.certificate import CORRECTED, Certificate, Refutation
from mpo_repro.derivations.registry import check

COUNT = 20
SIZE = (3, 2)
LENGTHS = (1, 2, 3)
DISCOUNTS = (0.5, 0.9, 0.99)
APPLICATIONS = 200
CUT = "targets of truncated episodes are the exact operator"
ABOVE = "norm above the discount"
PRINTED = 1.0  # factor of the bootstrap in Eq. 13
KINDS = ("random", "uniform", "pi itself", "nearly deterministic", "pi greedy")


@check("retrace-operator")
def retrace_operator() -> Certificate:
    """Fixed point, contraction, and what the missing discount does."""
    source = instances.generator(7)
    rows = [corrected(draw(source, d, kind)) for d in DISCOUNTS for kind in KINDS]
    absorbing = [draw(source, d, kind, True) for d in DISCOUNTS for kind in KINDS]
    rows += [corrected(problem) for problem in absorbing]
    continuing = [draw(source, d, "random") for d in DISCOUNTS]
    growth = [printed(problem) for problem in continuing]
    errors = {name: max(row[name] for row in rows) for name in rows[0]}
    errors["printed: growth per application as predicted"] = max(g[1] for g in growth)
    errors["printed, absorption: undiscounted value"] = max(
        undiscounted(problem) for problem in absorbing
    )
    shown = draw(source, 0.9, "random")
    bias = uncorrected(draw(source, 0.9, "random"))
    return Certificate(
        **_STATED,
        instances=COUNT * (len(rows) + len(growth) + 1),
        worst_error=max(errors.values()),
        tolerance=1e-9,
        verdict=CORRECTED,
        numbers=(
            *errors.items(),
            ("printed: growth per application, median", growth[1][0]),
            ("n-step without correction: distance from Q^pi, median", bias),
        ),
        refutations=(
            Refutation(
                "(13) as printed contracts by the discount, 0.9 (how far its smallest "
                "norm is above)",
                min(g[2] for g in growth) - 0.9,
                0.04,
            ),
            Refutation(
                "(13) as printed has a fixed point (median growth per application)",
                min(g[0] for g in growth),
                0.01,
            ),
            Refutation("uncorrected n-step targets evaluate pi", bias, 0.01),
        ),
        counterexample="random MDPs of 3 states and 2 actions, discount 0.9, rewards "
        "of "
        "standard deviation 1: the tables of (13) as printed go on growing by "
        f"{growth[1][0]:.3f} per application (median)",
        figure=figure(shown),
    )


def draw(
    source: torch.Generator, discount: float, kind: str, absorbing: bool = False
) -> sequences.Problem:
    """Draws R = COUNT problems with one kind of behaviour policy."""
    mdp = tabular.random(source, COUNT, SIZE, discount)
    shape = (COUNT, *SIZE)
    policy = tabular.random_policies(source, shape)
    if kind == "pi greedy":
        greedy = policy.argmax(-1)
        policy = torch.nn.functional.one_hot(greedy, SIZE[1]).to(tabular.F64)
    behaviours = {
        "uniform": torch.full(shape, 1 / SIZE[1], dtype=tabular.F64),
        "pi itself": policy,
        "nearly deterministic": tabular.random_policies(source, shape, 8.0),
    }
    random = tabular.random_policies(source, shape)
    return sequences.Problem(mdp, policy, behaviours.get(kind, random), absorbing)


def corrected(problem: sequences.Problem) -> dict[str, float]:
    """Measures the targets of training on all sequences of each length."""
    truth = sequences.true_values(problem)
    shift = torch.linspace(-1, 1, truth.numel(), dtype=tabular.F64)
    table = truth + shift.reshape(truth.shape)
    longest = sequences.enumerated(problem, LENGTHS[-1])
    names = ("fixed point is Q^pi", "targets are the exact operator", CUT, ABOVE)
    errors: dict[str, list[Tensor]] = {name: [] for name in names}
    for length in LENGTHS:
        batch = sequences.enumerated(problem, length)
        # Ended by a time limit after `length` steps: no transition, no termination.
        ended = (torch.arange(LENGTHS[-1]) < length).to(tabular.F64)
        truncated = longest._replace(valid=longest.valid * ended)
        exact = sequences.exact_operator(problem, table, length)
        linear, _ = sequences.matrix(problem, batch)
        found = (
            outside(problem, sequences.operator(problem, batch, truth) - truth),
            outside(problem, sequences.operator(problem, batch, table) - exact),
            outside(problem, sequences.operator(problem, truncated, table) - exact),
            (linear.abs().sum(-1) - problem.mdp.discount).clamp(min=0),
        )
        for name, error in zip(names, found, strict=True):
            errors[name].append(error.abs().max())
    scale = truth.abs().max().clamp(min=1)
    return {name: (max(found) / scale).item() for name, found in errors.items()}


def outside(problem: sequences.Problem, table: Tensor) -> Tensor:
    """Leaves out the absorbing state, which has no transitions."""
    return table[:, :-1] if problem.absorbing else table


def printed(problem: sequences.Problem) -> tuple[float, float, float]:
    """Measures (13) as printed on continuing MDPs.

    With rho P = rho the stationary distribution of (s, a) under pi and N the sum of the
    traces, nu = rho N^{-1} satisfies nu B = nu, and nu c = rho r, the average reward.

    Returns:
      The median growth per application, the largest relative error of its prediction
      (average reward) / (nu 1), and the smallest norm of B.
    """
    batch = sequences.enumerated(problem, LENGTHS[-1])
    linear, offset = sequences.matrix(problem, batch, PRINTED)
    table = torch.zeros_like(offset)
    for _ in range(APPLICATIONS):
        before, table = table, (linear @ table.unsqueeze(-1)).squeeze(-1) + offset
    growth = table - before
    left = sequences.stationary(linear)
    predicted = (left * offset).sum(-1, keepdim=True)
    error = (growth - predicted).abs().max().item()
    norm = linear.abs().sum(-1).amax(-1).min().item()
    return growth.abs().mean(-1).median().item(), error, norm


def undiscounted(problem: sequences.Problem) -> float:
    """Measures the fixed point of (13) as printed against the value without "
    "discount."""
    batch = sequences.enumerated(problem, LENGTHS[-1])
    truth = sequences.true_values(problem, 1.0)
    moved = sequences.operator(problem, batch, truth, PRINTED) - truth
    return (outside(problem, moved).abs().max() / truth.abs().max()).item()


def uncorrected(problem: sequences.Problem) -> float:
    """Returns the median distance of the n-step fixed point from Q^pi."""
    batch = sequences.enumerated(problem, LENGTHS[-1])
    linear, offset = sequences.matrix(problem, batch, method="n_step")
    eye = torch.eye(linear.shape[-1], dtype=tabular.F64)
    fixed = torch.linalg.solve(eye - linear, offset)
    return (
        (fixed - sequences.true_values(problem).flatten(1))
        .abs()
        .amax(-1)
        .median()
        .item()
    )


def figure(problem: sequences.Problem, shown: int = 40) -> dict:
    """Follows the largest entry of the table through repeated application."""
    batch = sequences.enumerated(problem, LENGTHS[-1])
    series = []
    for label, factor in (("as printed", PRINTED), ("as corrected", None)):
        linear, offset = sequences.matrix(problem, batch, factor)
        table, sizes = torch.zeros_like(offset), [0.0]
        for _ in range(shown):
            table = (linear @ table.unsqueeze(-1)).squeeze(-1) + offset
            sizes.append(table[0].abs().max().item())
        series.append({"label": label, "x": list(range(shown + 1)), "y": sizes})
    truth = sequences.true_values(problem)[0].abs().max().item()
    series.append({"label": "true value", "x": [0, shown], "y": [truth, truth]})
    return {
        "title": "Retrace on a continuing MDP, discount 0.9",
        "x_label": "applications of the operator",
        "y_label": "largest |Q|",
        "x_log": False,
        "y_log": False,
        "series": series,
    }


_STATED = {
    "name": "retrace-operator",
    "place": "P1, Sec. 4 (Eq. 13)",
    "statement": "With the discount on the bootstrap, Retrace has the fixed point Q^pi "
    "and contracts by gamma, whatever policy gave the data. As printed, without it, it "
    "has no fixed point on continuing MDPs and the undiscounted value with absorption.",
    "method": "exact tabular (all sequences)",
    "latex": r"Q^{ret}_t=Q(s_t,a_t)+\sum_{j\geq "
    r"t}\gamma^{j-t}\Big(\prod_{k=t+1}^jc_k\Big)"
    r"\Big[r_j+\gamma E_\pi Q(s_{j+1},\cdot)-Q(s_j,a_j)\Big]",
    "assumptions": (
        "finite state and action sets, Q' a table",
        "sequences cut after 1 to 3 transitions, as in training",
    ),
    "steps": (
        r"In expectation $\mathcal{R}Q=Q+N(T^\pi Q-Q)$ with $N=\sum_{t<T}(\gamma "
        r"P^{cb})^t$ "
        r"and "
        r"$P^{cb}(s^\prime,a^\prime|s,a)=p(s^\prime|s,a)"
        r"\min(b,\pi)(a^\prime|s^\prime)$.",
        r"$T^\pi Q^\pi=Q^\pi$, hence $\mathcal{R}Q^\pi=Q^\pi$.",
        r"$B=I-N(I-\gamma P^\pi)\geq0$ since $P^\pi\geq P^{cb}$, and its rows sum to "
        r"$1-(1-\gamma)N1\leq\gamma$ since $N\geq I$.",
        r"As printed $B=I-N(I-P^\pi)$ is stochastic: its norm is 1. With $\rho=\rho "
        r"P^\pi$ "
        r"and $\nu=\rho N^{-1}$, $\nu B=\nu$: the tables grow by $\rho r/(\nu1)$ per "
        r"application, unless the average reward is 0.",
        r"With absorption $I-P^\pi$ has an inverse and the fixed point is the value "
        r"without discount.",
    ),
    "errata": ("E4",),
}
