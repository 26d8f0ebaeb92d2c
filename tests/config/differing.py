"""The settings in which recipes differ."""

from mpo_repro.config import Recipe
from mpo_repro.config.recipes import setting_keys


def settings(recipe: Recipe) -> dict[str, object]:
    """Lists the settings of a recipe by dotted key."""
    data = recipe.model_dump(mode="json")
    found = {}
    for key in setting_keys(data):
        value = data
        for part in key.split("."):
            value = value[part]
        found[key] = value
    return found


def differences(one: Recipe, other: Recipe) -> dict[str, object]:
    """Lists the settings in which a recipe differs from another, with its values."""
    others = settings(other)
    return {key: val for key, val in settings(one).items() if val != others[key]}
