"""Refusing what cannot be trained, before a simulator or torch is imported."""

from numbers import Integral

from mpo_repro.config import AnyRecipe, ConfigError, algorithm, nearest
from mpo_repro.config.execution import PATHS
from mpo_repro.environments import TASKS, backends, spec
from mpo_repro.training.execution import require


def check_task(task: str, backend: str, file: object, keys: tuple[str, str]) -> None:
    """Refuses a task that does not exist, and a simulator that does not have it.

    Args:
      task: the task's name.
      backend: the simulator's name.
      file: where both stand, for the error.
      keys: under which key the task stands there, and the simulator.

    Raises:
      ConfigError: naming the key that is wrong.
    """
    if task not in TASKS:
        raise ConfigError(file, keys[0], task, nearest(task, TASKS))
    if backend not in backends(task):
        allowed = f"{nearest(backend, backends(task))} for {task}"
        raise ConfigError(file, keys[1], backend, allowed)


def check_actions(recipe: AnyRecipe, task: str, file: object, key: str) -> None:
    """Refuses a task whose observations or actions the algorithm cannot take.

    Args:
      recipe: the algorithm's settings.
      task: a task that exists.
      file: where both were put together, for the error.
      key: under which key there.

    Raises:
      ConfigError: if one has images and the other vectors, or actions of one are
        discrete and of the other continuous.
    """
    shown = "vectors" if spec(task).image is None else "images"
    seen = _observations(recipe)
    if shown != seen:
        given = f"{algorithm(recipe)} on {task}, which shows {shown}"
        raise ConfigError(file, key, given, f"a task with {seen} as observations")
    kind = "continuous" if spec(task).choices is None else "discrete"
    taken = _actions(recipe)
    if kind not in taken:
        given = f"{algorithm(recipe)} on {task}, with {kind} actions"
        raise ConfigError(file, key, given, f"a task with {taken[0]} actions")


def check_execution(
    recipe: AnyRecipe, execution: str | None, file: object, key: str
) -> None:
    """Refuses a path of execution that does not exist, is not available on this
    machine, or that a baseline would ignore.

    Args:
      recipe: the algorithm's settings.
      execution: the path; None leaves it to the rule of `execution`.
      file: where it was asked for, for the error.
      key: under which name there.

    Raises:
      ConfigError: saying what is allowed.
    """
    if execution is None:
        return
    if algorithm(recipe) != "mpo":
        raise ConfigError(file, key, execution, "only for recipes of MPO")
    if execution not in PATHS:
        raise ConfigError(file, key, execution, nearest(execution, PATHS))
    require(execution, file, key)


def check_number(value: object, least: int, file: object, key: str) -> None:
    """Refuses what is no integer, or below `least`.

    Raises:
      ConfigError: saying what is allowed.
    """
    if not isinstance(value, Integral) or value < least:
        raise ConfigError(file, key, value, f"an integer, at least {least}")


def _observations(recipe: AnyRecipe) -> str:
    """Names what an algorithm's networks see."""
    critic = getattr(recipe, "critic", None)
    return "vectors" if getattr(critic, "torso", "mlp") == "mlp" else "images"


def _actions(recipe: AnyRecipe) -> tuple[str, ...]:
    """Lists the kinds of actions that an algorithm takes."""
    if algorithm(recipe) == "ppo":
        return "continuous", "discrete"
    policy = getattr(recipe, "policy", None)
    categorical = getattr(policy, "distribution", None) == "categorical"
    return ("discrete",) if categorical else ("continuous",)
