"""Settings of the M-step's bounds and of multipliers that exclude or demand others."""

import math
from collections.abc import Iterator

Rules = Iterator[tuple[bool, str]]


def of_bounds(recipe) -> Rules:
    """How far the M-step may go: of the forms of bounds, one."""
    improvement = recipe.improvement
    parts = [
        getattr(improvement, name, None) is not None
        for name in ("epsilon_mean", "epsilon_covariance")
    ]
    joint = getattr(improvement, "epsilon_joint", None) is not None
    fixed = getattr(improvement, "kl_penalty", None) is not None
    prior = getattr(improvement, "prior_precision", None) is not None
    yield (
        joint + fixed + prior + any(parts) > 1,
        "one of: epsilon_mean and epsilon_covariance, epsilon_joint, kl_penalty, "
        "prior_precision (the prior is kl_penalty to second order)",
    )
    yield (
        getattr(improvement, "kl", "exact") != "exact"
        and not (joint or fixed or any(parts)),
        "kl: exact, where nothing bounds it",
    )
    yield (
        getattr(improvement, "per_dimension", False) and not any(parts),
        "per_dimension only with epsilon_mean or epsilon_covariance",
    )
    yield (
        improvement.method == "parametric"
        and improvement.actions == "old"
        and not any(parts),
        "actions: current, where no bound keeps q near pi_i",
    )


def of_m_step(recipe) -> Rules:
    """Which M-step goes with a bound on the whole KL, and with none."""
    improvement = recipe.improvement
    m_step = getattr(improvement, "m_step", "coupled")
    whole = ("epsilon_joint", "kl_penalty", "prior_precision")
    given = [getattr(improvement, name, None) is not None for name in whole]
    yield (
        any(given) and m_step != "coupled",
        "m_step: coupled, with epsilon_joint, kl_penalty or prior_precision: one "
        "likelihood, and a KL whose parts add up",
    )
    free = getattr(improvement, "epsilon_mean", None) is None
    yield (
        free and m_step == "mixed",
        "m_step: coupled, where nothing bounds the mean: mixed differs in its KL only",
    )
    yield from _reversed(improvement, m_step)
    alone = free and getattr(improvement, "epsilon_covariance", None) is None
    yield (
        alone
        and not any(given)
        and recipe.optimisation.gradient_norm is None
        and getattr(improvement, "likelihood_weight", 1) != 1,
        "likelihood_weight: 1, where nothing else is weighed",
    )


def _reversed(improvement, m_step: str) -> Rules:
    """The reversed KL is one and the same whatever the M-step, its mean as P2's."""
    backwards = getattr(improvement, "kl", "exact") == "reversed"
    yield (
        backwards and m_step == "mixed",
        "m_step: coupled, with kl: reversed: mixed differs in its KL only",
    )
    yield (
        backwards and m_step == "decoupled" and improvement.epsilon_covariance is None,
        "kl: exact, where only the mean is bounded: its part is the same reversed",
    )


def of_multipliers(recipe) -> Rules:
    """A multiplier for each bound, and none without."""
    for part in ("mean", "covariance", "joint"):
        bound = getattr(recipe.improvement, f"epsilon_{part}", None)
        start = getattr(recipe.multipliers, f"alpha_{part}")
        yield (
            (bound is None) != (start is None),
            f"multipliers.alpha_{part} exactly where improvement.epsilon_{part} is",
        )


def of_caps(recipe) -> Rules:
    """Where multipliers start, and between which limits they stay."""
    given = recipe.multipliers
    names = "temperature", "alpha_mean", "alpha_covariance", "alpha_joint"
    starts = {name: value for name in names if (value := getattr(given, name))}
    form = given.transform, given.scale, given.floor, given.cap
    yield (
        bool(starts) != (given.learning_rate is not None),
        "multipliers.learning_rate exactly where there is a multiplier to learn",
    )
    yield (
        not starts and form != ("softplus", 1.0, None, None),
        "transform: softplus, scale: 1.0, floor, cap: null: there is no multiplier",
    )
    yield (
        given.cap_mean is not None and given.alpha_mean is None,
        "cap_mean: null, where there is no alpha_mean",
    )
    yield (
        given.cap_mean is not None and given.cap_mean == given.cap,
        "cap_mean: null, where it is the cap of all",
    )
    yield (
        None not in (given.cap, given.cap_mean) and starts.keys() == {"alpha_mean"},
        "cap: null, where cap_mean caps the only multiplier",
    )
    yield from _starts(given, starts)


def _starts(given, starts: dict[str, float]) -> Rules:
    """Each multiplier's start, and the limits between which it stays."""
    for name, value in starts.items():
        cap = (given.cap_mean if name == "alpha_mean" else None) or given.cap
        lowest, highest = given.floor or 0.0, cap or math.inf
        yield (
            lowest >= highest or not lowest <= value <= highest,
            "multipliers that start between multipliers.floor and the greater cap",
        )
