"""Opening a study: its file, and whether the runs that it names can be."""

from pathlib import Path

from mpo_repro.config import (
    AnyRecipe,
    ConfigError,
    Study,
    algorithm,
    load_study,
    nearest,
)
from mpo_repro.environments import TASKS, backends, spec


def open_study(name_or_path: str | Path) -> Study:
    """Reads a study and checks all of it, without importing a simulator.

    Args:
      name_or_path: a name in paper_configs/studies, or a path.

    Returns:
      A study whose recipes are complete, and whose tasks exist and suit them.

    Raises:
      ConfigError: naming the file and key that is wrong.
    """
    study = load_study(name_or_path)
    for one in (study, *study.members.values()):
        _check(one)
    return study


def _check(study: Study) -> None:
    """Refuses tasks that do not exist or do not suit the study's recipes."""
    file = f"study {study.name}"
    for index, task in enumerate(study.tasks):
        check_task(task, study.backend_of(task), file, (f"tasks.{index}", "backend"))
    for name in study.arms:
        for task in study.tasks_of(name):
            check_actions(study.recipe(name), task, file, f"arms.{name}")


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
