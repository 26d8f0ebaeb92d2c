"""Which recipe is which algorithm's."""

from collections.abc import Mapping
from typing import Any

from mpo_repro.config.baselines import Baseline, Ddpg, Ppo, Sac, Td3
from mpo_repro.config.errors import ConfigError, nearest
from mpo_repro.config.recipe import Recipe

MPO = "mpo"
BASELINES: dict[str, type[Baseline]] = {
    "ppo": Ppo,
    "sac": Sac,
    "ddpg": Ddpg,
    "td3": Td3,
}

AnyRecipe = Recipe | Baseline
"""A recipe of any algorithm; `Recipe` alone is MPO's."""


def algorithm(recipe: AnyRecipe) -> str:
    """Names the algorithm of a recipe."""
    return getattr(recipe, "algorithm", MPO)


def select(
    settings: Mapping[str, Any], file: object
) -> tuple[type[AnyRecipe], dict[str, Any]]:
    """Finds the model of a recipe's settings, by the key `algorithm`.

    Args:
      settings: what the recipe says; without the key it is MPO's.
      file: where the algorithm stands, for the error.

    Returns:
      The model's class, and the settings that it knows: MPO's has no such key, so that
      the hashes of recipes are what they were before there were others.

    Raises:
      ConfigError: if there is no such algorithm.
    """
    given = settings.get("algorithm", MPO)
    if given == MPO:
        known = {key: value for key, value in settings.items() if key != "algorithm"}
        return Recipe, known
    if not isinstance(given, str) or given not in BASELINES:
        raise ConfigError(file, "algorithm", given, nearest(given, [MPO, *BASELINES]))
    return BASELINES[given], dict(settings)
