"""The parametric E-step: gradients by likelihood ratios, and where they vanish."""

import torch
from torch import Tensor

from mpo_repro.derivations import gaussians, quadratics, quadrature
from mpo_repro.derivations.certificate import HOLDS, Certificate, Refutation
from mpo_repro.derivations.instances import F64, generator
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import e_step, parametric
from mpo_repro.mpo.distributions import FullGaussian

BATCH = 6
SCALES = (1e-3, 1.0, 1e3)  # of returns
NEARNESS = 0.2  # how far q is from pi_i, in standard deviations


@check("parametric-q")
def parametric_q() -> Certificate:
    """Compares with closed forms for a quadratic Q."""
    source = generator(101)
    cases = [
        (scale, *_case(size, scale, source)) for scale in SCALES for size in (1, 2)
    ]
    wide = [(scale, *_case(4, scale, source)) for scale in SCALES]
    worst = {
        "gradient, actions of pi_i": max(_from_old(*case[1:]) for case in cases),
        "gradient, actions of q": max(_from_q(*case[1:]) for case in cases + wide),
        "no ratio, at q = pi_i": max(
            _without_ratio(value, old, old) for _, value, old, _ in cases
        ),
        "gradient at pi exp(Q/eta)/Z": max(_at_optimum(*case[:3]) for case in cases),
        "weights of the E-step - that q": max(_weights(*case[:3]) for case in cases),
        "bias with advantages": _bias(leave_out=True),
    }
    missing = [_without_ratio(value, old, q) for _, value, old, q in cases]
    missing = torch.tensor(missing).median().item()
    shrunk = _bias(leave_out=False)
    return Certificate(
        **_STATED,
        instances=BATCH * (len(cases) + len(wide)),
        worst_error=max(worst.values()),
        tolerance=1e-9,
        verdict=HOLDS,
        numbers=(
            *worst.items(),
            ("no ratio, q away from pi_i: relative error, median", missing),
            ("bias with the mean of all N = 3 values as V", shrunk),
        ),
        refutations=(
            Refutation("the ratio can be left out (relative error)", missing, 0.05),
            Refutation("V may be the mean of all samples (bias)", shrunk, 0.15),
        ),
    )


def _case(size: int, scale: float, source: torch.Generator) -> tuple:
    """Draws Q, pi_i and a q near pi_i."""
    value = quadratics.draw((BATCH, size), scale, source)
    old = gaussians.full((BATCH, size), 1.0, source, spread=0.3)
    step = gaussians.full((BATCH, size), 1.0, source, spread=NEARNESS)
    mean = old.sample(NEARNESS * step.mean)
    return value, old, FullGaussian(mean, old.cholesky @ step.cholesky)


def _miss(found: tuple[Tensor, ...], exact: tuple[Tensor, ...]) -> float:
    """Returns the largest error relative to the largest exact number."""
    largest = max(part.abs().max() for part in exact)
    pairs = zip(found, exact, strict=True)
    return max(((one - two).abs().max() / largest).item() for one, two in pairs)


def _from_old(value: quadratics.Quadratic, old: FullGaussian, q: FullGaussian) -> float:
    q = quadratics.leaf(q)
    actions, chance = quadrature.grid(old)
    worth = quadrature.as_samples(value(actions), chance)
    found = parametric.improvement(q, old, actions, worth).value
    return _miss(quadratics.gradients(found, q), value.gradients(q))


def _from_q(value: quadratics.Quadratic, old: FullGaussian, q: FullGaussian) -> float:
    """Samples from q itself: score times Q is of degree 4, 3 nodes are exact to 5."""
    sampler, q = q, quadratics.leaf(q)
    actions, chance = quadrature.hermite(sampler, 3)
    worth = quadrature.as_samples(value(actions), chance)
    ratios = parametric.likelihood_ratios(q, sampler, actions)
    found = parametric.expected_advantage(ratios, worth)
    return _miss(quadratics.gradients(found, q), value.gradients(q))


def _without_ratio(
    value: quadratics.Quadratic, old: FullGaussian, q: FullGaussian
) -> float:
    """Returns the error of E_{pi_i}[A grad ln q], as in a peer's code."""
    q = quadratics.leaf(q)
    actions, chance = quadrature.hermite(old, 3)
    worth = quadrature.as_samples(value(actions), chance)
    worth = worth - quadrature.as_samples(worth.mean(0), chance)
    log_q = parametric.likelihood_ratios(q, old, actions).log()
    found = (log_q * worth).mean(0)
    return _miss(quadratics.gradients(found, q), value.gradients(q))


def _at_optimum(scale: float, value: quadratics.Quadratic, old: FullGaussian) -> float:
    """Returns the gradient of the Lagrangian at q = pi exp(Q/eta)/Z, over E_q's."""
    q = quadratics.leaf(value.improved(old, 2 * scale))
    actions, chance = quadrature.grid(old)
    worth = quadrature.as_samples(value(actions), chance)
    temperature = torch.tensor(2 * scale, dtype=F64)
    weighed = parametric.improvement(q, old, actions, worth)
    loss = parametric.lagrangian(weighed, temperature, temperature)
    left = quadratics.gradients(BATCH * loss, q)
    exact = value.gradients(q)
    largest = max(part.abs().max() for part in exact)
    return max((part.abs().max() / largest).item() for part in left)


def _weights(scale: float, value: quadratics.Quadratic, old: FullGaussian) -> float:
    """Compares the E-step's weights at the nodes with the Gaussian q there."""
    temperature = torch.tensor(2 * scale, dtype=F64)
    actions, chance = quadrature.grid(old)
    tilted = value(actions) + temperature * chance.log().unsqueeze(-1)
    found = e_step.weights(tilted, temperature)
    q = value.improved(old, 2 * scale)
    expected = parametric.likelihood_ratios(q, old, actions) * chance.unsqueeze(-1)
    return ((found - expected).abs().max() / expected.max()).item()


def _bias(leave_out: bool) -> float:
    """Sums over all ways to draw 3 of 3 actions: |E - E_q[A]| over |E_q[A]|."""
    values = torch.tensor([1.0, -2.0, 4.0], dtype=F64)
    old, q = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]], dtype=F64)
    drawn = torch.cartesian_prod(*[torch.arange(3)] * 3).T  # [N, 27]
    worth = parametric.advantages(values[drawn])
    if not leave_out:
        worth = values[drawn] - values[drawn].mean(0)
    estimate = parametric.expected_advantage((q / old)[drawn], worth)
    exact = ((q - old) * values).sum()
    return ((old[drawn].prod(0) * estimate).sum() / exact - 1).abs().item()


_STATED = {
    "name": "parametric-q",
    "place": "P1, Alg. 3 and App. D.4",
    "statement": "The gradient by likelihood ratios is the gradient of E_q[A], for "
    "actions of pi_i and of q; with equal multipliers it and the KL's cancel at the "
    "non-parametric q = pi exp(Q/eta)/Z, where that is in the family.",
    "method": "quadrature (Gauss-Hermite, trapezoidal) and closed forms; sums over all "
    "samples",
    "latex": r"\nabla_\theta E_{\pi_i}\left[\frac{q_\theta(a|s)}{\pi_i(a|s)}A(s,a)"
    r"\right]=\nabla_\theta E_{q_\theta}[A(s,a)]",
    "assumptions": (
        r"$q_\theta>0$ only where $\pi_i>0$",
        "Gaussian q and quadratic Q, so that the right-hand side is known",
    ),
    "steps": (
        r"$E_{\pi_i}[\frac{q_\theta}{\pi_i}A]=\int q_\theta A\,da$ for every $\theta$, "
        r"so that the gradients agree too.",
        r"Sampled from $q_\theta$ and detached: the ratio is 1, its gradient "
        r"$\nabla\ln q_\theta$, and $\int q_\theta\nabla\ln q_\theta A=\nabla\int "
        r"q_\theta A$.",
        r"Without the ratio $E_{\pi_i}[A\,\nabla\ln q_\theta]$ is the gradient only at "
        r"$q_\theta=\pi_i$, where each outer iteration starts.",
        r"For $Q=b^Ta-\frac{1}{2}a^TCa$: $E_q[Q]=b^T\mu-\frac{1}{2}\mu^TC\mu-"
        r"\frac{1}{2}\mathrm{tr}(CLL^T)$, gradients $b-C\mu$ and $-CL$.",
        r"$E_q[Q]-\eta\,\mathrm{KL}(q\Vert\pi_i)$ is greatest at $\pi_ie^{Q/\eta}/Z$, "
        r"a Gaussian with precision $\Sigma_i^{-1}+C/\eta$.",
        r"With $V=\frac{1}{N}\sum_kQ_k$ an action's own value is in its baseline: the "
        r"mean is $\frac{N-1}{N}E_q[A]$. Leaving it out, which is the factor "
        r"$\frac{N}{N-1}$, cures it.",
    ),
}
