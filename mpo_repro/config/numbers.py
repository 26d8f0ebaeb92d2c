"""The numbers of a recipe that may differ among runs that train together."""

from collections.abc import Sequence

from mpo_repro.config.recipe import Recipe

# Bounds that a recipe may give; each has its multiplier.
BOUNDS = ("mean", "covariance", "joint")


def settings(recipe: Recipe) -> dict[str, float]:
    """Returns the numbers of policy improvement, which may differ within a cohort."""
    names = (
        *("epsilon", "epsilon_penalty", "penalty_temperature", "kl_penalty"),
        "prior_precision",
        *(f"epsilon_{part}" for part in BOUNDS),
        *("likelihood_weight", "entropy_scale"),
    )
    given = {name: getattr(recipe.improvement, name, None) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def rates(recipe: Recipe) -> tuple[float, float, float]:
    """Returns the learning rates of policy, critic and multipliers (0: none)."""
    optimisation = recipe.optimisation
    return (
        optimisation.policy_learning_rate,
        optimisation.critic_learning_rate,
        recipe.multipliers.learning_rate or 0.0,
    )


def shape(recipes: Sequence[Recipe]) -> Recipe:
    """Returns what runs that train together share: a recipe without its numbers.

    The numbers that may differ within a cohort are replaced: those of `settings` and
    `rates`, first multipliers, and the size of the buffer.

    Raises:
      ValueError: if the recipes differ in anything else.
    """
    blank = [_without_numbers(recipe) for recipe in recipes]
    if any(one != blank[0] for one in blank):
        raise ValueError("runs that train together may differ in numbers only")
    return blank[0]


def _without_numbers(recipe: Recipe) -> Recipe:
    names = {
        "improvement": set(settings(recipe)),
        "optimisation": {"policy_learning_rate", "critic_learning_rate"},
        "multipliers": {"learning_rate", "temperature"}
        | {f"alpha_{part}" for part in BOUNDS},
        "data": {"buffer_size"},
    }
    changed = {}
    for section, fields in names.items():
        part = getattr(recipe, section)
        given = {name for name in fields if getattr(part, name) is not None}
        changed[section] = part.model_copy(update=dict.fromkeys(given, 1))
    return recipe.model_copy(update=changed)
