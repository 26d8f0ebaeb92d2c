"""Studies: arms x tasks x seeds, budgets and how runs are evaluated."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, PrivateAttr

from mpo_repro.config import budget, files
from mpo_repro.config.algorithms import AnyRecipe
from mpo_repro.config.backend import Backend, default_backend
from mpo_repro.config.budget import Budget, Evaluation
from mpo_repro.config.errors import ConfigError, nearest
from mpo_repro.config.recipes import load_recipe, override, recipe_hash
from mpo_repro.config.validation import validate

RUNS = Path("results/runs")

Name = Annotated[str, Field(pattern=rf"^{files.NAME.pattern}$")]
Task = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+-[A-Za-z0-9_]+$", max_length=64)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class Part(BaseModel):
    """A section of a study's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Arm(Part):
    """One way of learning that the study compares."""

    recipe: str = Field(description="A name in paper_configs/recipes.")
    set: dict[str, Any] = Field(
        default_factory=dict, description="Dotted key: value, over the recipe."
    )
    label: str = Field(min_length=1, description="What figures call it.")
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)] | None = Field(
        None, description="Those of the study's tasks that it learns; null: all."
    )
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)] | None = Field(
        None, description="Those of the study's seeds that it runs; null: all."
    )


class Study(Part):
    """One study; `runs` says what has to be trained for it."""

    name: Name = Field(description="The same as the file's.")
    title: str = Field(min_length=1)
    description: str = ""
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1, max_length=10_000)]
    steps: PositiveInt = Field(description="Budget of a run, environment steps.")
    task_steps: dict[Task, PositiveInt] = Field(
        default_factory=dict, description="Task: its own budget, in place of `steps`."
    )
    evaluation: Evaluation
    backend: Backend | None = Field(
        None, description="Of every task; null: of each its own default."
    )
    arms: Annotated[dict[Name, Arm], Field(min_length=1)]
    budgets: dict[Name, Budget] = Field(
        default_factory=dict, description="Other sizes: `NAME:BUDGET` has that size."
    )
    _recipes: dict[str, AnyRecipe] = PrivateAttr(default_factory=dict)

    def recipe(self, arm: str) -> AnyRecipe:
        """Resolves the recipe of an arm, its settings included.

        Args:
          arm: a key of `arms`.

        Raises:
          ConfigError: if there is no such arm, or its recipe is wrong.
        """
        if arm not in self.arms:
            raise ConfigError(
                f"study {self.name}", "arms", arm, nearest(arm, self.arms)
            )
        if arm not in self._recipes:
            place = f"study {self.name}"
            self._recipes[arm] = _resolve(self.arms[arm], place, arm)
        return self._recipes[arm]

    def budget(self, task: str) -> int:
        """Says for how many environment steps a task is learnt."""
        return self.task_steps.get(task, self.steps)

    def backend_of(self, task: str) -> Backend:
        """Says what simulates a task."""
        return self.backend or default_backend(task)

    def tasks_of(self, arm: str) -> tuple[str, ...]:
        """Lists the tasks that an arm learns, in the study's order."""
        chosen = self.arms[arm].tasks or self.tasks
        return tuple(task for task in self.tasks if task in chosen)

    def seeds_of(self, arm: str) -> tuple[int, ...]:
        """Lists the seeds that an arm runs, in the study's order."""
        chosen = self.arms[arm].seeds or self.seeds
        return tuple(seed for seed in self.seeds if seed in chosen)

    def runs(self) -> list["RunSpec"]:
        """Lists every run of the study, arm by arm, then by task and seed."""
        return [
            self._run(arm, task, seed, digest)
            for arm in self.arms
            for task in self.tasks_of(arm)
            for digest in [self._hash(arm, task)]
            for seed in self.seeds_of(arm)
        ]

    def run(self, arm: str, task: str, seed: int) -> "RunSpec":
        """Finds one run.

        Args:
          arm: a key of `arms`.
          task: one of `tasks_of(arm)`.
          seed: one of `seeds_of(arm)`.

        Raises:
          ConfigError: naming which of the three is not part of the study.
        """
        self.recipe(arm)
        for key, given, allowed in (
            ("tasks", task, self.tasks_of(arm)),
            ("seeds", seed, self.seeds_of(arm)),
        ):
            if given not in allowed:
                narrowed = getattr(self.arms[arm], key) is not None
                place = f"arms.{arm}.{key}" if narrowed else key
                hint = nearest(given, map(str, allowed))
                raise ConfigError(f"study {self.name}", place, given, hint)
        return self._run(arm, task, seed, self._hash(arm, task))

    def _hash(self, arm: str, task: str) -> str:
        return recipe_hash(self.recipe(arm), task, self.backend_of(task))

    def _run(self, arm: str, task: str, seed: int, digest: str) -> "RunSpec":
        backend, recipe = self.backend_of(task), self.recipe(arm)
        return RunSpec(arm, task, seed, self.budget(task), recipe, backend, digest)


@dataclass(frozen=True)
class RunSpec:
    """One run: what is learnt, where, and for how long.

    Attributes:
      arm: its name in the study.
      task: e.g. "cartpole-swingup".
      seed: at least 0.
      steps: budget, environment steps.
      recipe: the resolved settings.
      backend: what simulates the task.
      hash: of what determines the learning; see `recipe_hash`.
    """

    arm: str
    task: str
    seed: int
    steps: int
    recipe: AnyRecipe
    backend: Backend
    hash: str

    @property
    def folder(self) -> Path:
        """The run's folder, relative to the project's root."""
        return RUNS / self.task / self.hash / f"seed-{self.seed}"

    @property
    def marker(self) -> Path:
        """The file that exists once the budget is reached."""
        return self.folder / f"steps-{self.steps}.done.json"


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
        study = validate(Study, budget.resized(said, size), path)
        _check_plan(study, path)
    for name, arm in study.arms.items():
        study._recipes[name] = _resolve(arm, path, name)
    return study


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


def _each_once(part: Study | Arm, path: Path, prefix: str = "") -> None:
    for key in ("tasks", "seeds"):
        for value, count in Counter(getattr(part, key) or ()).most_common(1):
            if count > 1:
                given = f"{value} {count} times"
                raise ConfigError(path, f"{prefix}{key}", given, "each once")


def _one_of(value: object, allowed: tuple, path: Path, key: str) -> None:
    if value not in allowed:
        raise ConfigError(path, key, value, nearest(value, map(str, allowed)))


def _resolve(arm: Arm, file: object, name: str) -> AnyRecipe:
    key = f"arms.{name}"
    path = files.by_name(arm.recipe, "recipes", file, f"{key}.recipe")
    return override(load_recipe(path), arm.set, file, f"{key}.set.")
