"""Settings that exclude or demand each other.

A setting that would have no effect is refused, as is one that is missing for another
to have its effect.
"""

import math
from collections.abc import Iterator

from mpo_repro.config import gathering


def contradiction(recipe) -> str | None:
    """Returns what a `Recipe` would have to say instead; None if it is consistent."""
    for rules in (
        _images,
        _policy,
        _squashed,
        _bounds,
        _samples,
        _temperature,
        _multipliers,
        _limits,
        _targets,
        gathering.of_sequences,
        gathering.of_updates,
        gathering.of_workers,
    ):
        for wrong, wanted in rules(recipe):
            if wrong:
                return wanted
    return None


Rules = Iterator[tuple[bool, str]]


def _images(recipe) -> Rules:
    torso = getattr(recipe.policy, "torso", "mlp")
    yield (
        torso != recipe.critic.torso,
        "policy.torso and critic.torso alike: both see vectors, or both images; dqn "
        "with policy.distribution: categorical",
    )
    yield (
        torso != "mlp" and recipe.data.normalise_observations,
        "normalise_observations: false with torso: dqn, which scales images itself",
    )


def _policy(recipe) -> Rules:
    policy, improvement = recipe.policy, recipe.improvement
    discrete = policy.distribution == "categorical"
    yield (
        discrete != (improvement.method == "categorical"),
        "policy.distribution: categorical together with improvement.method: "
        "categorical (exact sums over the actions)",
    )
    if discrete:
        return
    yield (
        getattr(improvement, "per_dimension", False) and policy.covariance == "full",
        "per_dimension only where policy.covariance is diagonal",
    )
    yield (
        policy.covariance == "full"
        and getattr(improvement, "kl", "exact")
        in ("inverted_variances", "stddev_as_variance"),
        "this kl (a defect of diagonal code) only with policy.covariance: diagonal",
    )


def _squashed(recipe) -> Rules:
    policy, improvement = recipe.policy, recipe.improvement
    squashed = getattr(policy, "bounds", "clip") == "tanh"
    fits = getattr(improvement, "fitted_actions", "sampled")
    penalty = getattr(improvement, "epsilon_penalty", None)
    penalty = penalty or getattr(improvement, "penalty_temperature", None)
    yield (
        squashed and fits == "executed",
        "fitted_actions: sampled, where policy.bounds is tanh: actions are fitted "
        "before they are squashed",
    )
    yield (
        squashed and policy.mean == "tanh",
        "mean: linear, where policy.bounds is tanh: one of both squashes",
    )
    yield squashed and penalty is not None, "no penalty: with tanh none is out of range"


def _bounds(recipe) -> Rules:
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


def _samples(recipe) -> Rules:
    improvement = recipe.improvement
    few = getattr(improvement, "samples", 2) < 2
    yield (
        few and improvement.method == "nonparametric",
        "improvement.samples of 2 or more: of one action q is pi_i itself",
    )
    yield (
        few and improvement.objective == "advantage",
        "improvement.samples of 2 or more, for an advantage",
    )
    yield (
        getattr(improvement, "antithetic", False)
        and (
            improvement.samples % 2 > 0
            or improvement.objective == "advantage"
            or improvement.gradient_actions == "one"
        ),
        "improvement.antithetic with an even number of samples, all of them used, and "
        "objective: q_value (an advantage needs samples that do not hang together)",
    )
    yield (
        getattr(improvement, "epsilon_penalty", None) is not None
        and improvement.penalty_temperature is not None,
        "epsilon_penalty and penalty_temperature exclude each other",
    )


def _temperature(recipe) -> Rules:
    improvement, given = recipe.improvement, recipe.multipliers.temperature
    learnt = getattr(improvement, "temperature", None) == "gradient"
    learnt = learnt or getattr(improvement, "epsilon_penalty", None) is not None
    yield (
        (given is not None) != learnt,
        "multipliers.temperature exactly where a temperature is learnt (improvement."
        "temperature: gradient, or epsilon_penalty)",
    )
    yield (
        getattr(improvement, "dual", "per_state") != "per_state"
        and improvement.temperature == "exact",
        "dual: per_state with temperature: exact",
    )


def _multipliers(recipe) -> Rules:
    for part in ("mean", "covariance", "joint"):
        bound = getattr(recipe.improvement, f"epsilon_{part}", None)
        start = getattr(recipe.multipliers, f"alpha_{part}")
        yield (
            (bound is None) != (start is None),
            f"multipliers.alpha_{part} exactly where improvement.epsilon_{part} is",
        )


def _limits(recipe) -> Rules:
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
    for name, value in starts.items():
        cap = (given.cap_mean if name == "alpha_mean" else None) or given.cap
        lowest, highest = given.floor or 0.0, cap or math.inf
        yield (
            lowest >= highest or not lowest <= value <= highest,
            "multipliers that start between multipliers.floor and the greater cap",
        )


def _targets(recipe) -> Rules:
    optimisation, evaluation = recipe.optimisation, recipe.policy_evaluation
    method = recipe.improvement.method
    yield (
        (optimisation.target_period is None) == (optimisation.target_rate is None),
        "one of optimisation.target_period and optimisation.target_rate",
    )
    yield (
        evaluation.bootstrap == "improved" and method == "parametric",
        "bootstrap: policy, where q is the policy (improvement.method: parametric)",
    )
    yield (
        evaluation.bootstrap == "improved" and evaluation.next_actions == "one",
        "next_actions: all, where the improved policy weighs them",
    )
    yield (
        evaluation.next_actions == "one" and method == "categorical",
        "next_actions: all, where sums over actions are exact",
    )
