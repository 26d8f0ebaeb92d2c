"""Why the E-step needs a multiplier for every state, not one for all."""

import torch
from torch import Tensor

from mpo_repro.derivations import instances
from mpo_repro.derivations.certificate import CORRECTED, Certificate, Refutation
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import e_step

INSTANCES = 40


def improved(case: instances.Discrete, eta: Tensor, per_state: bool) -> Tensor:
    """Returns q(a|s) of a Lagrangian with gamma(s), or with one gamma, shape [B, K].

    Args:
      case: the E-step; states have equal weight mu.
      eta: temperature.
      per_state: whether sum_a q = 1 is asked of every state, or as printed
        E_s sum_a q = 1 only.
    """
    log_z = (case.policy.log() + case.q_values / eta).logsumexp(-1, keepdim=True)
    states = len(case.policy)
    normaliser = log_z if per_state else log_z.logsumexp(0) - torch.tensor(states).log()
    return case.policy * (case.q_values / eta - normaliser).exp()


@check("e-step-normalisation")
def e_step_normalisation() -> Certificate:
    """Compares both with the weights that training uses."""
    source = instances.generator(4)
    cases = [instances.discrete(6, 4, 16, 1.0, source) for _ in range(INSTANCES)]
    etas = [e_step.optimal_temperature(case.samples, 0.1) for case in cases]
    right, wrong, sums = [], [], []
    for case, eta in zip(cases, etas, strict=True):
        trained = case.collect(e_step.weights(case.samples, eta))
        for per_state, errors in ((True, right), (False, wrong)):
            q = improved(case, eta, per_state)
            errors.append(max(_excess(q), (q - trained).abs().max().item()))
        sums.append(improved(case, eta, per_state=False).sum(-1))
    example = sums[0]
    return Certificate(
        **_STATED,
        instances=INSTANCES,
        worst_error=max(right),
        tolerance=1e-10,
        verdict=CORRECTED,
        numbers=(
            ("largest |sum_a q - 1| or |q - weights|, gamma(s)", max(right)),
            ("the same with one gamma, median", sorted(wrong)[INSTANCES // 2]),
            ("the same with one gamma, smallest", min(wrong)),
            ("smallest sum_a q(a|s) with one gamma", torch.stack(sums).min().item()),
            ("largest sum_a q(a|s) with one gamma", torch.stack(sums).max().item()),
        ),
        refutations=(
            Refutation("E5: one gamma gives a policy (|sum_a q - 1|)", min(wrong), 0.1),
        ),
        counterexample="6 states at eta*: with one multiplier the sums of q over "
        f"actions lie between {example.min():.4f} and {example.max():.4f}, and only "
        f"their mean is {example.mean():.6f}",
        errata=("E5",),
    )


def _excess(q: Tensor) -> float:
    """Returns the largest |sum_a q(a|s) - 1|."""
    return (q.sum(-1) - 1).abs().max().item()


_STATED = {
    "name": "e-step-normalisation",
    "place": "P1, App. D.2",
    "statement": "q is normalised in every state, with a multiplier gamma(s); the "
    "printed constraint on the mean over states does not make q a policy.",
    "method": "exact tabular",
    "latex": r"\forall s:\ \int q(a|s)\,da=1\quad\mathrm{not}\quad"
    r"\int\mu(s)\int q(a|s)\,da\,ds=1",
    "assumptions": ("finitely many states of equal weight",),
    "steps": (
        r"With one $\gamma$: $q(a|s)=\pi(a|s)\,e^{Q(s,a)/\eta}/E_s Z(s)$.",
        r"Then $\sum_a q(a|s)=Z(s)/E_s Z(s)$, which is 1 in every state only if "
        r"$Z(s)$ is the same everywhere.",
        r"The print's next line has $\gamma=\eta-\eta\log\int\pi\,e^{Q/\eta}da$, which "
        r"depends on $s$: it already is the $\gamma(s)$ that the constraint lacks.",
        r"One $\gamma$ also changes the dual to $\eta\epsilon+\eta\log E_sZ(s)\geq"
        r"\eta\epsilon+\eta\,E_s\log Z(s)$: the pooled dual (see dual-sampled).",
    ),
}
