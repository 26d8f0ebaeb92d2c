"""The E-step of categorical policies, and what leaving pi_i out of it does."""

import torch
from torch import Tensor

from mpo_repro.derivations import instances
from mpo_repro.derivations.certificate import HOLDS, Certificate, Refutation
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import categorical, e_step

INSTANCES = 2  # of each scale and number of actions
SCALES = (1e-3, 1.0, 1e3)  # of returns
EPSILON = 0.1


def weights(case: instances.Discrete, eta: Tensor, with_policy: bool) -> Tensor:
    """Returns ln q(a|s), shape [B, K]; without pi_i as four peers compute it."""
    policy = case.policy if with_policy else torch.ones_like(case.policy)
    return categorical.log_weights(case.q_values, policy.log(), eta)


def realised(case: instances.Discrete, eta: Tensor, with_policy: bool) -> float:
    """Returns E_s KL(q || pi_i), in nats."""
    log_q = weights(case, eta, with_policy)
    return categorical.kl(log_q, case.policy.log()).mean().item()


@check("categorical-e-step")
def categorical_e_step() -> Certificate:
    """Compares with Eq. 8, with samples that represent pi_i, and with the peers."""
    source = instances.generator(103)
    cases = _cases(source)
    worst, missed = _compared(cases)
    example, reverse = _example(), _reverse(source)
    return Certificate(
        **_STATED,
        instances=len(cases),
        worst_error=max(worst.values()),
        tolerance=1e-7,
        verdict=HOLDS,
        numbers=(
            *worst.items(),
            ("|KL / epsilon - 1| with pi_i left out, median", missed),
            *example,
            ("KL(old || new) / KL(new || old), median factor", reverse),
        ),
        refutations=(
            Refutation("pi_i can be left out (|KL / epsilon - 1|)", missed, 0.5),
            Refutation(
                "the KL's direction does not matter (factor - 1)", reverse - 1, 0.2
            ),
        ),
    )


def _cases(source: torch.Generator) -> list[instances.Discrete]:
    """Returns policies and values of every number of actions and scale."""
    return [
        instances.discrete(5, actions, 24, scale, source)
        for scale in SCALES
        for actions in (2, 4, 12)
        for _ in range(INSTANCES)
    ]


def _compared(cases: list[instances.Discrete]) -> tuple[dict[str, float], float]:
    """Returns the largest error of each kind, and how far off KL is without pi_i."""
    pairs = [(case, _temperature(case)) for case in cases]
    rows = [_errors(*pair) for pair in pairs]
    worst = {name: max(row[name] for row in rows) for name in rows[0]}
    left_out = [_left_out(_even(case)) for case in cases]
    worst["pi_i left out where it is uniform"] = max(left_out)
    missed = [abs(realised(*pair, False) / EPSILON - 1) for pair in pairs]
    return worst, torch.tensor(missed).median().item()


def _temperature(case: instances.Discrete) -> Tensor:
    return categorical.optimal_temperature(case.q_values, case.policy.log(), EPSILON)


def _even(case: instances.Discrete) -> instances.Discrete:
    """Returns the same values with a uniform policy."""
    states, actions = case.policy.shape
    samples = instances.expand(torch.ones(states, actions, dtype=torch.int64))
    policy = torch.full_like(case.policy, 1 / actions)
    return instances.Discrete(case.q_values, policy, samples)


def _errors(case: instances.Discrete, eta: Tensor) -> dict[str, float]:
    """Compares with Eq. 8, and with `e_step` on samples in pi_i's proportions."""
    log_pi = case.policy.log()
    q = weights(case, eta, True).exp()
    best = case.q_values.amax(-1, keepdim=True)
    tilted = case.policy * ((case.q_values - best) / eta).exp()
    eq_8 = tilted / tilted.sum(-1, keepdim=True)
    sampled = case.collect(e_step.weights(case.samples, eta))
    dual = categorical.dual_value(eta, case.q_values, log_pi, EPSILON)
    optimum = e_step.optimal_temperature(case.samples, EPSILON)
    attained = (q * case.q_values).sum(-1).mean()
    scale = case.q_values.abs().max()
    return {
        "q - pi exp(Q/eta)/Z": (q - eq_8).abs().max().item(),
        "q - weights of samples": (q - sampled).abs().max().item(),
        "g - g of samples": _relative(
            dual, e_step.dual_value(eta, case.samples, EPSILON), scale
        ),
        "duality gap at eta*": _relative(dual, attained, scale),
        "eta* - eta* of samples": _relative(eta, optimum, optimum),
        "KL(q || pi_i) / epsilon - 1": abs(realised(case, eta, True) / EPSILON - 1),
        "M-step - (q + alpha pi_i)/(1 + alpha)": _m_step(q, case.policy),
    }


def _relative(found: Tensor, expected: Tensor, scale: Tensor) -> float:
    return ((found - expected) / scale).abs().item()


def _m_step(q: Tensor, old: Tensor, alpha: float = 0.7) -> float:
    """Returns the M-step's gradient in the logits at the mixture of q and pi_i."""
    logits = ((q + alpha * old) / (1 + alpha)).log().requires_grad_()
    alpha = torch.tensor(alpha, dtype=instances.F64)
    new = logits.log_softmax(-1)
    moved = categorical.kl(old.log(), new)
    loss = categorical.lagrangian(categorical.log_likelihood(new, q), moved, alpha)
    (gradient,) = torch.autograd.grad(loss, logits)
    return gradient.abs().max().item()


def _left_out(case: instances.Discrete) -> float:
    """Returns how far leaving pi_i out changes the weights."""
    eta = _temperature(case)
    one, two = (weights(case, eta, with_policy).exp() for with_policy in (True, False))
    return (one - two).abs().max().item()


def _example() -> tuple[tuple[str, float], ...]:
    """Returns eta* and both KLs for one skewed policy with hardly differing values."""
    q_values = torch.tensor([[0.0, 0.1, -0.1, 1.0]], dtype=instances.F64)
    policy = torch.tensor([[0.7, 0.1, 0.1, 0.1]], dtype=instances.F64)
    case = instances.Discrete(q_values, policy, torch.empty(0, 1, dtype=torch.int64))
    eta = _temperature(case)
    name = "pi_i = 0.7, 0.1, 0.1, 0.1"
    return (
        (f"{name}: eta*", eta.item()),
        (f"{name}: KL with pi_i", realised(case, eta, True)),
        (f"{name}: KL without", realised(case, eta, False)),
    )


def _reverse(source: torch.Generator) -> float:
    """Returns the median factor between the KLs of two random policies."""
    old, new = (2 * instances.normal((2, 200, 4), source)).log_softmax(-1)
    ratio = categorical.kl(old, new) / categorical.kl(new, old)
    return torch.maximum(ratio, 1 / ratio).median().item()


_STATED = {
    "name": "categorical-e-step",
    "place": "P1, Eqs. 7-9 and 12, Sec. 5 (Atari)",
    "statement": "With finitely many actions q is proportional to pi_i exp(Q/eta), its "
    "dual contains pi_i, and at eta* KL(q || pi_i) is epsilon; the M-step with one "
    "multiplier gives (q + alpha pi_i)/(1 + alpha).",
    "method": "exact sums, and samples in the policy's proportions",
    "latex": r"q(a|s)=\frac{\pi_i(a|s)\,e^{Q(s,a)/\eta}}{\sum_b\pi_i(b|s)\,"
    r"e^{Q(s,b)/\eta}},\quad g(\eta)=\eta\epsilon+\eta\,E_s\ln\sum_a\pi_i(a|s)\,"
    r"e^{Q(s,a)/\eta}",
    "assumptions": (r"$\epsilon$ is below the largest reachable KL",),
    "steps": (
        r"Where the actions are samples of $\pi_i$, it is in their frequency, and a "
        r"softmax of $Q/\eta$ is right; where they are all actions, it is not.",
        r"Leaving it out gives $q\propto e^{Q/\eta}$, the answer for a uniform "
        r"$\pi_i$: as $\eta\to\infty$ it goes to the uniform policy and not to "
        r"$\pi_i$, so that its KL does not go to 0, and no dual fits it.",
        r"JORLDY has $\pi_i$ in the dual only: $\eta^*$ is that of another q.",
        r"The M-step minimises $-\sum_aq\ln\pi+\alpha\sum_a\pi_i\ln(\pi_i/\pi)$, which "
        r"is the cross entropy of $q+\alpha\pi_i$: least at that mixture.",
        r"With KL$(\pi\Vert\pi_i)$, as two peers have it, the least is another, and "
        r"a policy may drop an action at no cost beyond $-\ln(1-\pi_i(a))$.",
    ),
}
