"""Reading a study's file, and the files of its parts, and checking them whole."""

from collections import Counter
from pathlib import Path

from mpo_repro.config import budget, files, search
from mpo_repro.config.budget import Budget
from mpo_repro.config.errors import ConfigError, nearest
from mpo_repro.config.recipe import Recipe
from mpo_repro.config.study import Arm, Study, resolve
from mpo_repro.config.validation import validate


def load_study(name_or_path: str | Path) -> Study:
    """Reads a study and checks it whole, the recipes of its arms included.

    Whether its tasks exist is not known here: see `mpo_repro.study.opening`.

    Args:
      name_or_path: a name in paper_configs/studies, or a path; `NAME:BUDGET` for one
        of the study's other budgets.

    Raises:
      ConfigError: naming the file and key that is wrong.
    """
    name, size = budget.split(name_or_path)
    path = files.locate(name, "studies")
    said = files.read(path)
    study = validate(Study, said, path)
    if study.name != path.stem:
        raise ConfigError(path, "name", study.name, f"the file's name, {path.stem}")
    _check_plan(study, path)
    if size is not None:
        if size not in study.budgets:
            raise ConfigError(path, "budgets", size, nearest(size, study.budgets))
        _check_arms(study, study.budgets[size], path, f"budgets.{size}")
        study = validate(Study, budget.resized(said, size), path)
        _check_plan(study, path)
    _complete(study, path)
    for part, chosen in study.parts.items():
        study.members[part] = _part(part, chosen, path)
    _check_execution(study, path, "execution")
    return study.read_from(path)


def _complete(study: Study, path: Path) -> None:
    """Resolves the recipes of all arms."""
    for name, arm in study.arms.items():
        study.resolved[name] = resolve(arm, path, name)


def _part(name: str, size: Budget, whole: Path) -> Study:
    """Reads a part of another study, in the size that it has there."""
    try:
        path = files.locate(name, "studies")
    except ConfigError as error:
        raise ConfigError(whole, f"parts.{name}", name, error.allowed) from None
    content = files.read(path)
    _check_arms(validate(Study, content, path), size, whole, f"parts.{name}")
    said = budget.changed(content, size.model_dump(mode="json"))
    study = validate(Study, said | {"budgets": {}}, path)
    if study.parts:
        raise ConfigError(whole, f"parts.{name}", name, "a study without parts")
    _check_plan(study, whole)
    _complete(study, path)
    key = f"parts.{name}.execution" if size.execution else "execution"
    _check_execution(study, whole if size.execution else path, key)
    return study.read_from(path)


def _check_execution(study: Study, path: Path, key: str) -> None:
    """Refuses an execution path that no run would take."""
    parts = [study, *study.members.values()]
    recipes = [recipe for part in parts for recipe in part.resolved.values()]
    if study.execution and not any(isinstance(recipe, Recipe) for recipe in recipes):
        raise ConfigError(path, key, study.execution, "only with recipes of MPO")


def _check_arms(study: Study, size: Budget, path: Path, key: str) -> None:
    """Refuses a size with arms or tasks of arms that the study has not, or twice."""
    _each_once(size, path, f"{key}.", ("arms",))
    for index, arm in enumerate(size.arms or ()):
        _one_of(arm, tuple(study.arms), path, f"{key}.arms.{index}")
    for arm, tasks in size.arm_tasks.items():
        place = f"{key}.arm_tasks.{arm}"
        _one_of(arm, size.arms or tuple(study.arms), path, place)
        for index, task in enumerate(tasks):
            _one_of(task, size.tasks or study.tasks, path, f"{place}.{index}")


def _check_plan(study: Study, path: Path) -> None:
    """Refuses runs that are planned twice or not at all, and budgets without a last
    evaluation.
    """
    _each_once(study, path)
    for name, arm in study.arms.items():
        _each_once(arm, path, f"arms.{name}.")
        for key in ("tasks", "seeds"):
            allowed = getattr(study, key)
            for index, value in enumerate(getattr(arm, key) or ()):
                _one_of(value, allowed, path, f"arms.{name}.{key}.{index}")
    budgets = {f"task_steps.{task}": steps for task, steps in study.task_steps.items()}
    for task in study.task_steps:
        _one_of(task, study.tasks, path, f"task_steps.{task}")
    interval = study.evaluation.interval
    for key, steps in {"steps": study.steps, **budgets}.items():
        if steps % interval:
            allowed = f"a multiple of evaluation.interval, {interval}"
            raise ConfigError(path, key, steps, allowed)
    search.check(study, path)


def _each_once(
    part: Study | Arm | Budget,
    path: Path,
    prefix: str = "",
    keys: tuple[str, ...] = ("tasks", "seeds"),
) -> None:
    for key in keys:
        for value, count in Counter(getattr(part, key) or ()).most_common(1):
            if count > 1:
                given = f"{value} {count} times"
                raise ConfigError(path, f"{prefix}{key}", given, "each once")


def _one_of(value: object, allowed: tuple, path: Path, key: str) -> None:
    if value not in allowed:
        raise ConfigError(path, key, value, nearest(value, map(str, allowed)))
