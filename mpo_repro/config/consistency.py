"""Settings that exclude or demand each other.

A setting that would have no effect is refused, as is one that is missing for another
to have its effect.
"""

import math
from collections.abc import Iterator

from mpo_repro.config import gathering, limits


def contradiction(recipe) -> str | None:
    """Returns what a `Recipe` would have to say instead; None if it is consistent."""
    for rules in (
        _networks,
        _policy,
        _squashed,
        _samples,
        _temperature,
        _states,
        limits.of_bounds,
        limits.of_m_step,
        limits.of_multipliers,
        limits.of_caps,
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


def _networks(recipe) -> Rules:
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
    for name in ("policy", "critic"):
        part = getattr(recipe, name)
        unused = torso == "mlp" and len(part.hidden) <= part.layer_norm
        yield (
            unused and part.activation != "elu",
            f"{name}.activation: elu, as everywhere, or more layers in {name}.hidden: "
            "none of these is followed by an activation (after the norm comes a tanh)",
        )
        yield (
            part.layer_norm and not part.hidden,
            f"{name}.layer_norm: false, where {name}.hidden has no layer",
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
    yield (
        squashed and getattr(improvement, "entropy_scale", 0) > 0,
        "entropy_scale: 0, where policy.bounds is tanh: the entropy is that of actions "
        "before they are squashed, and grows with the stddev where theirs falls",
    )
    yield squashed and penalty is not None, "no penalty: with tanh none is out of range"


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
    yield from _single(recipe, few)
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


def _single(recipe, few: bool) -> Rules:
    """One action of many, and one of one."""
    improvement, following = recipe.improvement, recipe.policy_evaluation.next_actions
    single = getattr(improvement, "gradient_actions", "all") == "one"
    yield (
        few and (single or following == "one"),
        "gradient_actions and next_actions: all, of a single sample",
    )
    yield (
        not few
        and single
        and following == "one"
        and improvement.objective != "advantage",
        "improvement.samples: 1, with gradient_actions and next_actions: all, where no "
        "other action is used",
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
    if improvement.method == "nonparametric":
        most = math.log(improvement.samples)
        farthest = improvement.epsilon_penalty or 0.0
        if improvement.dual != "pooled":  # that one is over all samples of the batch
            farthest = max(farthest, improvement.epsilon)
        yield (
            farthest >= most,
            f"improvement.epsilon and epsilon_penalty below {most:.4g}, the logarithm "
            "of improvement.samples: no q over these is farther from pi_i",
        )


def _states(recipe) -> Rules:
    """What leaving states out asks for, and a temperature with a second loss."""
    improvement = recipe.improvement
    given = getattr(improvement, "temperature", "gradient")
    yield (
        improvement.states == "non_terminal"
        and (
            given == "exact" or getattr(improvement, "dual", "per_state") != "per_state"
        ),
        "states: all, where the temperature is not learnt by the dual per_state",
    )
    yield (
        getattr(improvement, "temperature_loss", "dual") == "leaked"
        and not (
            given == "gradient"
            and improvement.m_step_updates == 1
            and improvement.old_policy_in_weights
        ),
        "temperature_loss: dual, but with temperature: gradient, m_step_updates: 1 and "
        "old_policy_in_weights: true",
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
        evaluation.sequence_length == 1 and evaluation.method != "td_0",
        "policy_evaluation.method: td_0, where sequence_length is 1",
    )
    yield (
        evaluation.full_returns and evaluation.method == "td_0",
        "full_returns: false, where every target takes one transition",
    )
    yield (
        optimisation.policy_period is not None
        and optimisation.policy_period == optimisation.target_period,
        "policy_period: null, where pi_i is refreshed with the critic's target",
    )
    yield (
        evaluation.next_actions == "one" and method == "categorical",
        "next_actions: all, where sums over actions are exact",
    )
