"""The recipe that run.json records, and its hash computed again."""

from collections.abc import Mapping
from typing import Any

from mpo_repro.config.algorithms import AnyRecipe, select
from mpo_repro.config.former import without_former
from mpo_repro.config.recipes import recipe_hash
from mpo_repro.runs.layout import RUN
from mpo_repro.runs.sealed import DamagedRunError


def recipe(details: Mapping[str, Any]) -> AnyRecipe:
    """Returns the recipe of run.json.

    Args:
      details: run.json.

    Raises:
      ValueError: if it is not that of an algorithm that is known here; one line.
    """
    try:
        model, settings = select(details["recipe"], RUN)
        return model.model_validate(without_former(settings), strict=False)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error).partition("\n")[0]) from None


def check_hash(details: Mapping[str, Any]) -> None:
    """Computes the recipe's hash again and compares it with the recorded one.

    A recipe with settings that this version does not have is left as it is.

    Args:
      details: run.json, with task and backend.

    Raises:
      DamagedRunError: if they differ.
    """
    try:
        task, backend = details["task"], details["backend"]
        made = recipe_hash(recipe(details), task, backend)
    except (ValueError, KeyError):
        return
    if made != details.get("hash"):
        text = f"{RUN}: its recipe has hash {made}, not {details.get('hash')}"
        raise DamagedRunError(text)
