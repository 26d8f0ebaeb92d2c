"""The evidence lower bound that MPO maximises, over all trajectories of small MDPs."""

import torch

from mpo_repro.derivations import instances, trajectories
from mpo_repro.derivations.certificate import HOLDS, Certificate, Refutation
from mpo_repro.derivations.registry import check

INSTANCES = 12
GUESSES = 8  # policies q tried on each MDP


@check("elbo")
def elbo() -> Certificate:
    """Bound, equality at the posterior, and the reward that J amounts to."""
    source = instances.generator(1)
    rows = [_errors(source, number) for number in range(INSTANCES)]
    smallest = min(row.pop("smallest gap") for row in rows)
    parts = {name: max(row[name] for row in rows) for name in rows[0]}
    return Certificate(
        **_STATED,
        instances=INSTANCES * GUESSES,
        worst_error=max(parts.values()),
        tolerance=1e-11,
        verdict=HOLDS,
        numbers=(*parts.items(), ("smallest gap away from the posterior", smallest)),
        refutations=(
            Refutation("equality away from the posterior (nats)", smallest, 1e-4),
        ),
        errata=("E12",),
    )


def _errors(source: torch.Generator, number: int) -> dict[str, float]:
    """Measures the statement on one MDP; every second one is deterministic."""
    mdp = trajectories.random_mdp(source, number % 2 == 0, one_start=number % 3 > 0)
    listed = trajectories.paths(mdp)
    evidence = trajectories.log_evidence(mdp, listed)
    at_posterior = trajectories.lower_bound(
        mdp, listed, trajectories.posterior(mdp, listed)
    )
    found = [_of_guess(mdp, listed, source, k % 2 > 0) for k in range(GUESSES)]
    errors = {name: max(row[name] for row in found) for name in found[0]}
    errors["equality at the posterior"] = instances.relative(at_posterior, evidence)
    policies, soft = trajectories.soft_induction(mdp)
    best = trajectories.augmented_value(mdp, policies)
    errors["soft induction is its policy's J"] = instances.relative(
        best, mdp.start @ soft
    )
    return errors | {"smallest gap": min(row["smallest gap"] for row in found)}


def _of_guess(
    mdp: trajectories.Mdp,
    listed: trajectories.Paths,
    source: torch.Generator,
    greedy: bool,
) -> dict[str, float]:
    """Measures the statement at a random policy q that depends on time."""
    shape = (mdp.horizon, *mdp.policy.shape)
    logits = instances.normal(shape, source)
    policies = logits.softmax(-1)
    if greedy:  # q = 0 where pi > 0: allowed, as the converse alone is excluded
        policies = torch.eye(shape[-1], dtype=logits.dtype)[logits.argmax(-1)]
    guess = trajectories.probability(mdp, listed, policies)
    bound = trajectories.lower_bound(mdp, listed, guess)
    evidence = trajectories.log_evidence(mdp, listed)
    ratio = (guess / trajectories.posterior(mdp, listed)).log()
    kl = torch.where(guess > 0, guess * ratio, 0).sum()
    value = trajectories.augmented_value(mdp, policies)
    _, soft = trajectories.soft_induction(mdp)
    best = mdp.start @ soft / mdp.alpha
    return {
        "bound": max((bound - evidence).item(), 0.0),
        "gap is the KL": instances.relative(evidence - bound, kl),
        "augmented reward": instances.relative(value, mdp.alpha * bound),
        "no policy q above soft induction": max((bound - best).item(), 0.0),
        "smallest gap": (evidence - bound).item(),
    }


_STATED = {
    "name": "elbo",
    "place": "P1, Sec. 3 and App. A.1",
    "statement": "log p(O = 1) is at least J(q, pi) for every q, with equality at the "
    "posterior over trajectories and nowhere else; alpha J is the value of q with the "
    "reward r - alpha log(q / pi).",
    "method": "exact tabular (all trajectories)",
    "latex": r"\log p_\pi(O=1) = \mathcal{J}(q,\pi) + "
    r"\mathrm{KL}(q(\tau)\,\Vert\,p(\tau|O=1)) \geq \mathcal{J}(q,\pi)",
    "assumptions": (
        "finite horizon, no discount",
        r"$p(O=1|\tau)\propto\exp(\sum_t r_t/\alpha)$",
        r"$q(\tau)>0$ only where $p_\pi(\tau)>0$: one direction is enough (E12)",
    ),
    "steps": (
        r"$\log p_\pi(O=1)=\log\sum_\tau p_\pi(\tau)\,p(O=1|\tau)$",
        r"$=\log\sum_\tau q(\tau)\frac{p_\pi(\tau)\,p(O=1|\tau)}{q(\tau)}"
        r"\geq\sum_\tau q(\tau)\log\frac{p_\pi(\tau)\,p(O=1|\tau)}{q(\tau)}"
        r"=\mathcal{J}(q,\pi)$ (Jensen)",
        r"The gap is $\sum_\tau q(\tau)"
        r"\log\frac{q(\tau)\,p(O=1)}{p_\pi(\tau)\,p(O=1|\tau)}"
        r"=\mathrm{KL}(q\,\Vert\,p(\cdot|O=1))$, which is 0 at the posterior only.",
        r"With $q(\tau)=p(s_0)\prod_t q_t(a_t|s_t)\,p(s_{t+1}|s_t,a_t)$ start "
        r"and dynamics cancel in $q/p_\pi$, so that $\alpha\mathcal{J}="
        r"E_q[\sum_t r_t-\alpha\log\frac{q_t(a_t|s_t)}{\pi(a_t|s_t)}]$.",
    ),
}
