"""Three KLs: of the E-step, of the M-step's fit, and of trust regions as TRPO's."""

import torch
from torch import Tensor

from mpo_repro.derivations.certificate import HOLDS, Certificate, Refutation
from mpo_repro.derivations.instances import F64, generator, normal
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import categorical
from mpo_repro.mpo.distributions import DiagonalGaussian, log_prob

EPSILONS = (1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1.0)
STATES, ACTIONS = 12, 8
BISECTIONS = 60


def e_step_policy(q_values: Tensor, log_policy: Tensor, epsilon: float) -> Tensor:
    """Returns ln q, max E_q[Q] with KL(q || pi_i) = epsilon; one state, [1, K]."""
    eta = categorical.optimal_temperature(q_values, log_policy, epsilon)
    return categorical.log_weights(q_values, log_policy, eta)


def trust_region_policy(q_values: Tensor, log_policy: Tensor, epsilon: float) -> Tensor:
    """Returns ln q, max E_q[Q] with KL(pi_i || q) = epsilon; one state, [1, K].

    q is pi_i lambda / (nu - Q) with nu > max Q; the KL falls as nu grows.
    """
    below = q_values.amax() - q_values
    low, high = (torch.tensor(bound, dtype=F64) for bound in (-40.0, 40.0))
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        log_q = (log_policy - (below + middle.exp()).log()).log_softmax(-1)
        wide = categorical.kl(log_policy, log_q).squeeze() > epsilon
        low, high = torch.where(wide, middle, low), torch.where(wide, high, middle)
    return log_q


@check("kl-directions")
def kl_directions() -> Certificate:
    """Solves the E-step under either KL; fits a Gaussian to two modes by either."""
    source = generator(105)
    q_values = normal((STATES, ACTIONS), source)
    log_policy = (0.5 * normal((STATES, ACTIONS), source)).log_softmax(-1)
    rows = [_compare(q_values, log_policy, epsilon) for epsilon in EPSILONS]
    worst = {name: max(row["errors"][name] for row in rows) for name in _ERRORS}
    at = rows[EPSILONS.index(0.1)]
    miss = rows[-1]["miss"]  # at the largest epsilon
    cover, seek = _fits()
    return Certificate(
        **_STATED,
        instances=STATES * len(EPSILONS),
        worst_error=max(worst.values()),
        tolerance=1e-6,
        verdict=HOLDS,
        numbers=(
            *worst.items(),
            ("KL(pi_i || q) / KL(q || pi_i) of the E-step's q, median", at["ratio"]),
            ("gain of TRPO's direction over the E-step's, epsilon 0.1", at["gain"]),
            ("the same, epsilon 1e-4", rows[0]["gain"]),
            ("modes at -2 and 2, stddev 0.5: mean of the KL(q || pi) fit", cover[0]),
            ("its stddev", cover[1]),
            ("|mean| of the KL(pi || q) fit", abs(seek[0])),
            ("its stddev", seek[1]),
        ),
        refutations=(
            Refutation("the E-step's bound is TRPO's (|ratio of KLs - 1|)", miss, 0.1),
            Refutation("either KL fits alike (|mean|)", abs(seek[0]), 1.0),
        ),
        figure=_figure(rows),
    )


_ERRORS = (
    "KL(q || pi_i) / epsilon - 1",
    "KL(pi_i || q) / epsilon - 1, TRPO's",
    "TRPO's q within the E-step's bound gains more",
    "the E-step's q within TRPO's bound gains more",
)


def _compare(q_values: Tensor, log_policy: Tensor, epsilon: float) -> dict:
    """Solves both problems at every state; medians over states."""
    pairs = zip(q_values.split(1), log_policy.split(1), strict=True)
    found = torch.tensor([_state(q, policy, epsilon) for q, policy in pairs])
    miss = (found[:, 4] - 1).abs().median().item()
    median = found.median(0).values.tolist()
    return {
        "errors": dict(zip(_ERRORS, found[:, :4].amax(0).tolist(), strict=True)),
        "ratio": median[4],
        "gain": median[5],
        "miss": miss,
        "gains": median[6:],
    }


def _state(q_values: Tensor, log_policy: Tensor, epsilon: float) -> list[float]:
    def gain(log_q: Tensor) -> float:
        return ((log_q.exp() - log_policy.exp()) * q_values).sum().item()

    kl = categorical.kl
    ours = e_step_policy(q_values, log_policy, epsilon)
    theirs = trust_region_policy(q_values, log_policy, epsilon)
    # Each is best under its own bound: the other, held to that bound, gains less.
    shrunk = e_step_policy(q_values, log_policy, kl(theirs, log_policy).item())
    matched = trust_region_policy(q_values, log_policy, kl(log_policy, ours).item())
    mean = (log_policy.exp() * q_values).sum()
    spread = (log_policy.exp() * (q_values - mean).square()).sum().sqrt().item()
    return [
        abs(kl(ours, log_policy).item() / epsilon - 1),
        abs(kl(log_policy, theirs).item() / epsilon - 1),
        max(gain(theirs) / gain(shrunk) - 1, 0.0),
        max(gain(ours) / gain(matched) - 1, 0.0),
        kl(log_policy, ours).item() / epsilon,
        gain(theirs) / gain(ours),
        gain(ours) / spread,
        gain(theirs) / spread,
        (2 * epsilon) ** 0.5,
    ]


def _fits() -> tuple[tuple[float, float], tuple[float, float]]:
    """Finds mean and stddev of the Gaussian least in KL(q || pi) and in KL(pi || q)."""
    actions = torch.linspace(-8, 8, 641, dtype=F64).unsqueeze(-1)
    two = torch.tensor([[-2.0], [2.0]], dtype=F64)
    half = torch.full_like(two, 0.5)
    modes = DiagonalGaussian(two, half)
    log_q = log_prob(modes, actions.unsqueeze(1)).logsumexp(-1).log_softmax(0)
    grid = torch.cartesian_prod(
        torch.linspace(-3, 3, 49, dtype=F64), torch.linspace(0.3, 3, 55, dtype=F64)
    )
    policies = DiagonalGaussian(grid[:, :1], grid[:, 1:])
    log_pi = log_prob(policies, actions.unsqueeze(1)).T.log_softmax(-1)  # [P, K]
    log_q = log_q.expand_as(log_pi)
    best = (
        categorical.kl(*pair).argmin() for pair in ((log_q, log_pi), (log_pi, log_q))
    )
    return tuple(tuple(grid[index].tolist()) for index in best)


def _figure(rows: list[dict]) -> dict:
    labels = ("KL(q || pi): MPO's E-step", "KL(pi || q): TRPO, PPO", "sqrt(2 epsilon)")
    series = [
        {"label": label, "x": list(EPSILONS), "y": [row["gains"][i] for row in rows]}
        for i, label in enumerate(labels)
    ]
    return {
        "title": "Gain of the best policy inside a KL of epsilon, in either direction",
        "x_label": "epsilon (nats)",
        "y_label": "gain in E[Q], in standard deviations of Q",
        "x_log": True,
        "y_log": True,
        "series": series,
    }


_STATED = {
    "name": "kl-directions",
    "place": "P1, Secs. 3.1 and 3.2",
    "statement": "The E-step bounds KL(q || pi_i), its M-step minimises KL(q || pi); "
    "TRPO and PPO bound KL(pi_i || pi), as does the M-step's trust region. These are "
    "three different things; the two bounds agree for a small epsilon only.",
    "method": "exact sums; bisection; a grid of Gaussians",
    "latex": r"\max_q E_q[Q]:\ \mathrm{KL}(q\Vert\pi_i)\leq\epsilon\Rightarrow q\propto"
    r"\pi_ie^{Q/\eta};\quad\mathrm{KL}(\pi_i\Vert q)\leq\epsilon\Rightarrow "
    r"q\propto\frac{\pi_i}{\nu-Q}",
    "assumptions": ("finitely many actions, each possible under pi_i",),
    "steps": (
        r"$\partial_q[qQ-\eta\,q\ln(q/\pi_i)]=Q-\eta\ln(q/\pi_i)-\eta$: exponential "
        r"weights.",
        r"$\partial_q[qQ+\lambda\,\pi_i\ln q]=Q+\lambda\pi_i/q=\nu$: weights "
        r"$\lambda\pi_i/(\nu-Q)$, with a longer tail, so that no action is given up.",
        r"Both KLs are $\frac{1}{2}\delta^TF\delta$ to second order: the gain is "
        r"$\sqrt{2\epsilon\,\mathrm{Var}_{\pi_i}Q}$ to first order in "
        r"$\sqrt{\epsilon}$ for either.",
        r"$\mathrm{KL}(q\Vert\pi)$ with $\pi$ free is the maximum likelihood of the "
        r"M-step: it covers all modes of q. $\mathrm{KL}(\pi\Vert q)$ would seek one.",
    ),
}
