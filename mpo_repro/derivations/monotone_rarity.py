"""How often the printed step of Proposition 3 lowers J, and what repairs it."""

import torch

from mpo_repro.derivations import confidence
from mpo_repro.derivations import joint_improvement as joint
from mpo_repro.derivations.certificate import ONLY_UNDER, Certificate, Refutation
from mpo_repro.derivations.registry import check

COUNT = 1500  # problems at each point
ALPHAS = (0.03, 0.1, 0.3, 1.0)
KINDS = (
    ("tabular, broad transitions", 1, None),
    ("tabular, near-deterministic", 20, None),
    ("3 shared parameters, broad", 1, 3),
    ("3 shared parameters, near-deterministic", 20, 3),
)
SCHEMES = (
    ("as printed", joint.PRINTED),
    ("visits of q_i only", joint.Scheme(full=False, visits_of_q=True)),
    ("regularised E-step only", joint.Scheme(full=True, visits_of_q=False)),
    ("both", joint.CORRECTED),
)
# A slope counts as negative if it loses a thousandth of what the proof promises.
CLEAR = 1e-3


@check("monotone-rarity")
def monotone_rarity() -> Certificate:
    """Counts losses over random problems, for the print and for each repair."""
    counts, worst = count_losses()
    total = COUNT * len(KINDS) * len(ALPHAS)
    sums = {
        name: sum(counts[name, kind, alpha] for kind, *_ in KINDS for alpha in ALPHAS)
        for name, _ in SCHEMES
    }
    return Certificate(
        **_STATED,
        instances=total,
        worst_error=worst,
        tolerance=1e-9,
        verdict=ONLY_UNDER
        + "a fully regularised E-step together with the visits of q_i",
        numbers=(*rows(counts), (f"both repairs; all {total}", sums["both"])),
        refutations=tuple(
            Refutation(
                f"{name}: J never falls (part that falls, lower end of 95 %)",
                confidence.share(sums[name], total),
                1e-3,
            )
            for name, _ in SCHEMES[:3]
        ),
        counterexample=f"{sums['as printed']} of {total} random problems of 4 states "
        f"and "
        "3 actions lose at first order as printed",
        figure={
            "title": "Problems in which the printed step lowers J as the step goes to "
            "0",
            "x_label": "alpha (rewards have standard deviation 1)",
            "y_label": "share of problems, %",
            "x_log": True,
            "y_log": False,
            "series": [
                {
                    "label": kind,
                    "x": list(ALPHAS),
                    "y": [100 * counts["as printed", kind, a] / COUNT for a in ALPHAS],
                }
                for kind, *_ in KINDS
            ],
        },
    )


def count_losses(count: int = COUNT) -> tuple[dict[tuple, int], float]:
    """Counts, for each scheme, kind of problem and alpha, the problems that lose.

    Returns:
      The counts, and the largest relative error of the corrected slope.
    """
    counts, worst = {}, 0.0
    for number, (kind, sharpness, shared) in enumerate(KINDS):
        for alpha in ALPHAS:
            problem = joint.random(100 + number, count, alpha, sharpness, shared)
            for name, scheme in SCHEMES:
                slope, gain = joint.slope(problem, scheme)
                counts[name, kind, alpha] = int((slope < -CLEAR * gain).sum())
            # The last scheme is the corrected one.
            error = torch.where(gain > 0, (slope - gain).abs() / gain, 0.0)
            worst = max(worst, error.max().item())
    return counts, worst


def rows(counts: dict[tuple, int]) -> list[tuple[str, str]]:
    """Lists the print at each alpha, and the single repairs over all of them."""
    found = [
        (
            f"as printed; {kind}; alpha {a}",
            f"{counts['as printed', kind, a]} of {COUNT}",
        )
        for kind, *_ in KINDS
        for a in ALPHAS
    ]
    for name, _ in SCHEMES[1:3]:
        for kind, *_ in KINDS:
            total = sum(counts[name, kind, alpha] for alpha in ALPHAS)
            found.append((f"{name}; {kind}", f"{total} of {COUNT * len(ALPHAS)}"))
    return found


_STATED = {
    "name": "monotone-rarity",
    "place": "P1, App. A.2 (Prop. 3, Eq. 21)",
    "statement": "The slope of J along the M-step's gradient is not negative.",
    "method": "exact tabular, derivatives by automatic differentiation; random "
    "problems",
    "latex": r"\frac{d}{d\beta}\mathcal{J}(\theta_i-\beta g_i,q_{i+1})\Big|_{\beta=0}"
    r"\geq0",
    "assumptions": (
        "4 states, 3 actions, discount 0.9, standard normal rewards and parameters",
        "logits of the transitions: standard deviation 1 (broad) or 20",
    ),
    "steps": (
        "With a policy of its own in each state, a fully regularised E-step is enough: "
        r"the slope is $\alpha\sum_sd_\pi(s)\,d_q(s)\Vert q_s-\pi_s\Vert^2\geq0$.",
        "With shared parameters the visits of pi_i weigh the states wrongly against "
        "each "
        "other, so that both repairs are needed.",
        "The visits of q_i alone, with the one-step E-step, help shared parameters in "
        "part and make the tabular case worse.",
    ),
    "errata": ("E11",),
}
