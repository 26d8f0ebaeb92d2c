"""exp(A / eta) against exp(Q / eta): the same E-step, and what overflows."""

import sympy
import torch
from torch import Tensor

from mpo_repro.derivations import instances
from mpo_repro.derivations.certificate import HOLDS, Certificate, Refutation
from mpo_repro.derivations.registry import check
from mpo_repro.mpo import e_step

SCALES = tuple(10.0**power for power in range(-4, 5))
EPSILON = 0.1


def shifted(q_values: Tensor, shift: str) -> Tensor:
    """Subtracts "nothing", "the mean (advantage)" or "the maximum" of each state."""
    if shift == "the maximum":
        return q_values - q_values.amax(0)
    return q_values - q_values.mean(0) if "mean" in shift else q_values


def by_exponentials(q_values: Tensor, temperature: float, shift: str) -> Tensor:
    """Returns weights [N, B] from a plain exp, after a shift of every state."""
    raised = (shifted(q_values, shift) / temperature).exp()
    return raised / raised.sum(0)


@check("advantage")
def advantage() -> Certificate:
    """Weights and temperature in float64, overflow in float32."""
    source = instances.generator(8)
    values = instances.normal((16, 12), source)
    values = values + 5 * instances.normal((12,), source)
    rows = [_errors(scale * values, scale) for scale in SCALES]
    worst = {name: max(row[name] for row in rows) for name in rows[0]}
    worst["symbolic"] = _symbolic()
    worst["float32, as trained, on [1000, 0, 0, 0]"] = _overflow("trained")
    worst["float32, minus the maximum"] = _overflow("the maximum")
    pooled = _pooled_temperatures(values)
    plain, mean = (_overflow(shift) for shift in ("nothing", "the mean (advantage)"))
    return Certificate(
        **_STATED,
        instances=len(SCALES) + 4,
        worst_error=max(worst.values()),
        tolerance=1e-6,
        verdict=HOLDS,
        numbers=(
            *worst.items(),
            ("float32, plain exp: error of the weights", plain),
            ("float32, minus the mean: error of the weights", mean),
            ("largest finite exponent in float32", _largest_exponent()),
            *(
                (f"eta* of a dual pooled over states, {k}", v)
                for k, v in pooled.items()
            ),
        ),
        refutations=(
            Refutation("plain exp of Q = [1000, 0, 0, 0] at eta = 1", plain, 0.5),
            Refutation("the advantage does not overflow there", mean, 0.5),
        ),
    )


def _errors(q_values: Tensor, scale: float) -> dict[str, float]:
    """Compares Q with A = Q - E_pi Q, in units of `scale`."""
    other = shifted(q_values, "the mean (advantage)")
    eta = e_step.optimal_temperature(q_values, EPSILON)
    again = e_step.optimal_temperature(other, EPSILON)
    weights = e_step.weights(q_values, eta)
    gap = e_step.dual_value(eta, q_values, EPSILON) - q_values.mean()
    return {
        "weights": (weights - e_step.weights(other, again)).abs().max().item(),
        "eta*": abs(again / eta - 1).item(),
        "g": abs(gap - e_step.dual_value(again, other, EPSILON)).item() / scale,
    }


def _symbolic() -> float:
    """Returns 0 if g of Q - V is g of Q minus V for every eta, else infinity."""
    eta, epsilon, v = sympy.symbols("eta epsilon V", positive=True)
    values = sympy.symbols("Q1:4", real=True)
    priors = sympy.symbols("pi1:4", positive=True)

    def dual(shift: sympy.Expr) -> sympy.Expr:
        pairs = zip(priors, values, strict=True)
        z = sum(pi * sympy.exp((q - shift) / eta) for pi, q in pairs)
        factored = sympy.simplify(z * sympy.exp(shift / eta))
        return eta * epsilon + eta * (sympy.log(factored) - shift / eta)

    same = sympy.simplify(sympy.expand(dual(v) - dual(sympy.Integer(0)) + v)) == 0
    return 0.0 if same else float("inf")


def _overflow(kind: str) -> float:
    """Returns the error of the weights on Q = [1000, 0, 0, 0]; infinite if NaN."""
    q_values = torch.tensor([[1000.0], [0.0], [0.0], [0.0]])
    if kind == "trained":
        found = e_step.weights(q_values, torch.tensor(1.0))
        finite = e_step.dual_value(torch.tensor(1.0), q_values, EPSILON).isfinite()
        found = found if finite else found * torch.nan
    else:
        found = by_exponentials(q_values, 1.0, kind)
    error = (found - torch.tensor([[1.0], [0.0], [0.0], [0.0]])).abs().max().item()
    return error if error == error else float("inf")


def _largest_exponent() -> float:
    return torch.tensor(torch.finfo(torch.float32).max).log().item()


def _pooled_temperatures(values: Tensor) -> dict[str, float]:
    """Returns eta* of a dual over all states at once, of Q and of A."""
    inputs = {"Q": values, "A": shifted(values, "the mean (advantage)")}
    return {
        name: e_step.optimal_temperature(q.reshape(-1, 1), EPSILON).item()
        for name, q in inputs.items()
    }


_STATED = {
    "name": "advantage",
    "place": "P1, Eq. 8; JORLDY's exp(A / eta)",
    "statement": "exp(A / eta) and exp(Q / eta) give the same weights and the same "
    "temperature: whatever the advantage helps is numerical, and against overflow it "
    "does not help.",
    "method": "symbolic (sympy), exact tabular in float64, float32 for the overflow",
    "latex": r"\frac{\pi\,e^{(Q-V)/\eta}}{\int\pi\,e^{(Q-V)/\eta}da}="
    r"\frac{\pi\,e^{Q/\eta}}{\int\pi\,e^{Q/\eta}da},\quad "
    r"g_{Q-V}(\eta)=g_Q(\eta)-E_sV(s)",
    "assumptions": (
        "V depends on the state only",
        "the dual is a mean over states of one log-mean-exp each",
    ),
    "steps": (
        r"$e^{(Q-V)/\eta}=e^{Q/\eta}e^{-V/\eta}$: the second factor leaves the sum "
        r"over actions and cancels.",
        r"$\eta\log E_\pi e^{(Q-V)/\eta}=\eta\log E_\pi e^{Q/\eta}-V$: $g$ moves by a "
        r"constant, so that $\eta^*$ stays.",
        r"$Q=[1000,0,0,0]$, $\eta=1$: $A_1=750$, and $e^{750}$ is infinite in float32, "
        r"whose largest exponent is 88.7. Only the maximum makes all exponents "
        r"$\leq0$: logsumexp and softmax subtract it.",
        r"Pooled over states, $V$ no longer cancels: there $A$ does change $\eta^*$. "
        r"That repairs an error of the pooled dual; MPO's has none.",
    ),
}
