"""Whether a q that is a policy can make the evidence lower bound tight."""

import numpy as np
import torch
from scipy import optimize

from mpo_repro.derivations import instances, trajectories
from mpo_repro.derivations.certificate import ONLY_UNDER, Certificate, Refutation
from mpo_repro.derivations.registry import check

INSTANCES = 8
STATIONARY = 3


@check("elbo-factorised")
def elbo_factorised() -> Certificate:
    """P1's q is a policy: it keeps start and dynamics as they are."""
    source = instances.generator(2)
    reached = [abs(_gap(source, True)) for _ in range(INSTANCES)]
    gaps = {
        "stochastic dynamics": [_gap(source, False) for _ in range(INSTANCES)],
        "stochastic start": [_gap(source, True, False) for _ in range(INSTANCES)],
        "q without time": [_stationary_gap(source) for _ in range(STATIONARY)],
    }
    largest = {name: max(found) for name, found in gaps.items()}
    return Certificate(
        **_STATED,
        instances=3 * INSTANCES + STATIONARY,
        worst_error=max(reached),
        tolerance=1e-11,
        verdict=ONLY_UNDER
        + "certain start and dynamics, with a q that depends on time",
        numbers=(
            ("gap under the condition, largest (nats)", max(reached)),
            *((f"gap, {name}, largest (nats)", gap) for name, gap in largest.items()),
            *(
                (f"gap, {name}, median (nats)", float(np.median(found)))
                for name, found in gaps.items()
            ),
        ),
        refutations=tuple(
            Refutation(f"the bound is tight with {name} (gap in nats)", gap, 1e-3)
            for name, gap in largest.items()
        ),
        counterexample="a random MDP of 3 states, 2 actions and 3 steps with "
        "stochastic transitions: the best policy q stays "
        f"{largest['stochastic dynamics']:.3f} nats below log p(O = 1)",
    )


def _gap(source: torch.Generator, deterministic: bool, one_start: bool = True) -> float:
    """Returns log p(O = 1) - max_q J over time-dependent policies, in nats."""
    mdp = trajectories.random_mdp(source, deterministic, one_start)
    listed = trajectories.paths(mdp)
    policies, _ = trajectories.soft_induction(mdp)
    best = trajectories.probability(mdp, listed, policies)
    bound = trajectories.lower_bound(mdp, listed, best)
    return (trajectories.log_evidence(mdp, listed) - bound).item()


def _stationary_gap(source: torch.Generator) -> float:
    """Returns log p(O = 1) - max_q J over policies without time, in nats."""
    mdp = trajectories.random_mdp(source, deterministic=True)
    listed = trajectories.paths(mdp)
    shape = mdp.policy.shape

    def negative(flat: np.ndarray) -> tuple[float, np.ndarray]:
        logits = torch.tensor(flat, requires_grad=True)
        policy = logits.view(shape).softmax(-1).expand(mdp.horizon, -1, -1)
        loss = -trajectories.augmented_value(mdp, policy) / mdp.alpha
        loss.backward()
        return loss.item(), logits.grad.numpy()

    guesses = instances.normal((2, mdp.policy.numel()), source).numpy()
    found = [optimize.minimize(negative, x, jac=True, method="BFGS") for x in guesses]
    best = min(result.fun for result in found)
    return (trajectories.log_evidence(mdp, listed) + best).item()


_STATED = {
    "name": "elbo-factorised",
    "place": "P1, Sec. 3",
    "statement": "The q of the E-step, a policy that leaves start and dynamics alone, "
    "reaches log p(O = 1).",
    "method": "exact tabular (all trajectories), backward induction by E-steps",
    "latex": r"\max_{q_t(a|s)}\mathcal{J}(q,\pi)=\frac{1}{\alpha}E\,V_0(s_0)"
    r"\leq\log p_\pi(O=1)",
    "assumptions": ("finite horizon, no discount", "the reward is no function of time"),
    "steps": (
        r"Over policies, $\mathcal{J}$ is maximised backwards in time by "
        r"$q_t\propto\pi\,e^{Q_t/\alpha}$ with $Q_t(s,a)=r(s,a)+E\,V_{t+1}(s^\prime)$ "
        r"and $V_t(s)=\alpha\log E_\pi e^{Q_t(s,a)/\alpha}$: the E-step's dual with "
        r"$\epsilon=0$.",
        r"The evidence obeys the same recursion with $\alpha\log E\,e^{V_{t+1}/\alpha}$"
        r" in place of $E\,V_{t+1}$.",
        r"By Jensen $E\,V\leq\alpha\log E\,e^{V/\alpha}$, with equality if $s^\prime$"
        r" (and the start) is certain: then the posterior itself is a policy.",
        r"The posterior's policy weighs the reward that is left: it depends on $t$.",
    ),
}
