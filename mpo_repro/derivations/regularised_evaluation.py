"""Regularised values: the Bellman equations of the appendix, and Q after Eq. 6."""

import torch
from torch import Tensor

from mpo_repro.derivations import instances, tabular
from mpo_repro.derivations.certificate import CORRECTED, Certificate, Refutation
from mpo_repro.derivations.registry import check

COUNT = 60  # MDPs in each setting
SIZES = ((2, 2), (6, 4))
ALPHAS = (0.03, 0.3, 3.0)
SWEEPS = 320  # 0.9^320 = 2e-15
SAME_STATE = "E7: V(s) for E V(s')"


@check("regularised-evaluation")
def regularised_evaluation() -> Certificate:
    """Propositions 1 and 2, and the value function that Q continues with."""
    source = instances.generator(8)
    rows = [_one(source, size, alpha) for size in SIZES for alpha in ALPHAS]
    errors = {
        name: max(row[0][name].max().item() for row in rows) for name in rows[0][0]
    }
    sizes = {
        name: torch.cat([row[1][name] for row in rows]).quantile(0.1).item()
        for name in rows[0][1]
    }
    largest = max(row[1][SAME_STATE].max().item() for row in rows)
    return Certificate(
        **_STATED,
        instances=COUNT * len(rows),
        worst_error=max(errors.values()),
        tolerance=1e-9,
        verdict=CORRECTED,
        numbers=(
            *errors.items(),
            *((f"error as printed, 10 % quantile: {n}", v) for n, v in sizes.items()),
        ),
        refutations=tuple(Refutation(name, v, 1e-3) for name, v in sizes.items()),
        counterexample="a random MDP (discount 0.9) in which Q = r + gamma V(s) is off "
        f"by {largest:.1f} in units of return, with "
        "rewards of standard deviation 1",
    )


def _one(
    source: torch.Generator, size: tuple[int, int], strength: float
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Measures one setting: errors of what holds [R], and of what is refuted [R]."""
    mdp = tabular.random(source, COUNT, size)
    policy, q = (tabular.random_policies(source, (COUNT, *size)) for _ in range(2))
    alpha = torch.tensor(strength, dtype=tabular.F64)
    errors = propositions(mdp, policy, q, alpha) | optimality(mdp, policy, alpha)
    return errors, printed(mdp, policy, q)


def propositions(
    mdp: tabular.Mdp, policy: Tensor, q: Tensor, alpha: Tensor
) -> dict[str, Tensor]:
    """Measures Proposition 1 and Eqs. 14 and 15.

    Args:
      mdp: R MDPs.
      policy: pi, shape [R, S, K].
      q: any q > 0, shape [R, S, K].
      alpha: scalar.

    Returns:
      Errors relative to the largest value, each of shape [R].
    """
    rewards = tabular.regularised(mdp, policy, q, alpha)
    soft, plain = tabular.values(mdp, q, rewards), tabular.values(mdp, q)
    penalty = tabular.values(mdp, q, (mdp.rewards - rewards))
    start = torch.zeros_like(plain)
    soft_limit, plain_limit = start, start
    for _ in range(SWEEPS):
        soft_limit = (q * tabular.backup(mdp, soft_limit, rewards)).sum(-1)
        plain_limit = (q * tabular.backup(mdp, plain_limit)).sum(-1)
    kept = alpha * tabular.kl(q, policy)
    continued = (q * tabular.backup(mdp, soft)).sum(-1) - kept  # Eq. 4
    scale = _scale(soft, plain)
    found = {
        "Prop. 1: regularised minus plain value": (soft - plain).clamp(min=0),
        "Prop. 1: the gap is the discounted KL": (plain - soft - penalty).abs(),
        "(14): fixed point of T_alpha": (soft_limit - soft).abs(),
        "(15): fixed point of T": (plain_limit - plain).abs(),
        "(4): E_q Q - alpha KL is the regularised value": (continued - soft).abs(),
    }
    return {name: error.amax(-1) / scale for name, error in found.items()}


def optimality(mdp: tabular.Mdp, policy: Tensor, alpha: Tensor) -> dict[str, Tensor]:
    """Measures Eqs. 16 and 17; arguments and result as in `propositions`."""
    soft = hard = torch.zeros_like(mdp.rewards[..., 0])
    for _ in range(SWEEPS):
        soft = tabular.soft_values(tabular.backup(mdp, soft), policy, alpha)
        hard = tabular.backup(mdp, hard).amax(-1)
    best = tabular.best_regularised(mdp, policy, alpha)
    greedy = tabular.backup(mdp, hard).argmax(-1)
    greedy = torch.nn.functional.one_hot(greedy, policy.shape[-1]).to(tabular.F64)
    reached = tabular.values(mdp, greedy) - hard
    kept = tabular.regularised(mdp, policy, best, alpha)
    all_actions = tabular.backup(mdp, soft, kept) - soft.unsqueeze(-1)
    iterated = tabular.improved(tabular.backup(mdp, soft), policy, alpha)
    scale = _scale(soft, hard)
    return {
        "(16): equality for every action": all_actions.abs().amax((-2, -1)) / scale,
        "(16): both iterations find q*": (iterated - best).abs().amax((-2, -1)),
        "(17): value iteration finds V*": reached.abs().amax(-1) / scale,
    }


def printed(mdp: tabular.Mdp, policy: Tensor, q: Tensor) -> dict[str, Tensor]:
    """Measures, in units of return and for each MDP, what the print gets wrong.

    The corrected forms pass through the same `tabular.backup`.
    """
    truth = tabular.values(mdp, policy)
    actions = tabular.backup(mdp, truth)
    same_state = mdp.rewards + mdp.discount * truth.unsqueeze(-1)
    without_first = tabular.values(mdp, q) - (q * mdp.rewards).sum(-1)
    residual = (q * tabular.backup(mdp, without_first)).sum(-1) - without_first
    return {
        SAME_STATE: (same_state - actions).abs().amax((-2, -1)),
        "E7: V = E_q Q for V = E_pi Q": ((q - policy) * actions).sum(-1).abs().amax(-1),
        "E11: V^q summed from t > 0": residual.abs().amax(-1),
    }


def _scale(*values: Tensor) -> Tensor:
    """Returns the largest |value| of each MDP, at least 1, shape [R]."""
    return torch.stack([value.abs().amax(-1) for value in values]).amax(0).clamp(min=1)


_STATED = {
    "name": "regularised-evaluation",
    "place": "P1, Sec. 3.2 (text after Eq. 6) and App. A.1 (Props. 1 and 2)",
    "statement": "Regularised and plain values are the fixed points of their Bellman "
    "operators, and the regularised value is never above the plain one. Q continues "
    "with the expected value of the NEXT state under pi_i.",
    "method": "exact tabular",
    "latex": r"Q_{\theta_i}(s,a)=r(s,a)+\gamma "
    r"E_{s^\prime}V_{\theta_i}(s^\prime),\quad "
    r"V_{\theta_i}(s)=E_{\pi_i}Q_{\theta_i}(s,a),\quad V_\alpha^{\pi,q}\leq V^q",
    "assumptions": (
        r"$\gamma<1$, finitely many states and actions",
        r"$q(a|s)>0$ only where $\pi(a|s)>0$",
    ),
    "steps": (
        r"$T_\alpha^{\pi,q}V=T^qV-\alpha\,\mathrm{KL}(q\Vert\pi)$ state by state, so "
        r"that "
        r"$V^q-V_\alpha^{\pi,q}=(I-\gamma "
        r"P^q)^{-1}\alpha\,\mathrm{KL}(q\Vert\pi)\geq0$.",
        r"Both operators contract by $\gamma$ in the largest norm, since $P^q$ is "
        r"stochastic: each has one fixed point.",
        r"$q^*\propto\pi\,e^{Q^*/\alpha}$ gives $\alpha\log(q^*/\pi)=Q^*(s,a)-V^*(s)$, "
        r"which is (16), for every action.",
        r"E7: with $V(s)$ of the same state $Q$ would see no transition at all, and "
        r"$V=E_qQ$ would already be the improved one-step value: "
        r"$E_{q_i}Q^{\pi_i}-V^{\pi_i}\geq\alpha\,\mathrm{KL}(q_i\Vert\pi_i)$.",
        r"E11: the sum in $V^q$ starts at $t=0$, or it is no fixed point of $T^q$.",
    ),
    "errata": ("E7", "E11"),
}
