"""Studies: arms x tasks x seeds, budgets and how runs are evaluated."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, PrivateAttr

from mpo_repro.config import files
from mpo_repro.config.algorithms import AnyRecipe
from mpo_repro.config.backend import Backend, default_backend
from mpo_repro.config.budget import Budget, Evaluation
from mpo_repro.config.errors import ConfigError, nearest
from mpo_repro.config.execution import ExecutionPath
from mpo_repro.config.recipe import Recipe
from mpo_repro.config.recipes import load_recipe, override, recipe_hash
from mpo_repro.config.run_spec import RunSpec
from mpo_repro.config.search import Search

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
    execution: ExecutionPath | None = Field(
        None, description="How MPO's updates are executed; null: as in the study."
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
    execution: ExecutionPath | None = Field(
        None,
        description="How MPO's updates are executed, also those of parts that do not "
        "choose; null: the rule decides for each run.",
    )
    arms: Annotated[dict[Name, Arm], Field(min_length=1)]
    budgets: dict[Name, Budget] = Field(
        default_factory=dict, description="Other sizes: `NAME:BUDGET` has that size."
    )
    parts: dict[Name, Budget] = Field(
        default_factory=dict,
        description="Other studies that this one holds, each in a size of its own.",
    )
    search: Search | None = Field(
        None, description="Where this study is a rung of a search; null: it is none."
    )
    _file: Path | None = PrivateAttr(None)
    _parts: dict[str, "Study"] = PrivateAttr(default_factory=dict)
    _resolved: dict[str, AnyRecipe] = PrivateAttr(default_factory=dict)

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
        if arm not in self._resolved:
            place = f"study {self.name}"
            self._resolved[arm] = resolve(self.arms[arm], place, arm)
        return self._resolved[arm]

    def read_from(self, path: Path) -> Self:
        """Notes the file that says the study, and returns the study."""
        self._file = path
        return self

    @property
    def file(self) -> Path | None:
        """The file that the study was read from, whatever its budget."""
        return self._file

    @property
    def members(self) -> dict[str, "Study"]:
        """The parts, by name; filled in when the study's file is read."""
        return self._parts

    @property
    def resolved(self) -> dict[str, AnyRecipe]:
        """The recipes of arms that were asked for, by the arm's name."""
        return self._resolved

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

    def runs(self) -> list[RunSpec]:
        """Lists every run, the parts' after the study's own; see `own_runs`.

        An arm of a part is named PART/ARM.
        """
        return self.own_runs() + [
            self._of_part(name, run)
            for name, part in self._parts.items()
            for run in part.own_runs()
        ]

    def own_runs(self) -> list[RunSpec]:
        """Lists the runs of the study's own arms, by arm, then by task and seed."""
        return [
            self._run(arm, task, seed, digest)
            for arm in self.arms
            for task in self.tasks_of(arm)
            for digest in [self._hash(arm, task)]
            for seed in self.seeds_of(arm)
        ]

    def run(self, arm: str, task: str, seed: int) -> RunSpec:
        """Finds one run.

        Args:
          arm: a key of `arms`, or PART/ARM.
          task: one of `tasks_of(arm)`.
          seed: one of `seeds_of(arm)`.

        Raises:
          ConfigError: naming which of the three is not part of the study.
        """
        part, found, name = arm.rpartition("/")
        if found and part in self._parts:
            return self._of_part(part, self._parts[part].run(name, task, seed))
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

    def _run(self, arm: str, task: str, seed: int, digest: str) -> RunSpec:
        backend, recipe = self.backend_of(task), self.recipe(arm)
        wanted = self.arms[arm].execution or self.execution
        path = wanted if isinstance(recipe, Recipe) else None
        steps = self.budget(task)
        return RunSpec(arm, task, seed, steps, recipe, backend, digest, path)

    def _of_part(self, name: str, run: RunSpec) -> RunSpec:
        path = self.execution if isinstance(run.recipe, Recipe) else None
        return replace(run, arm=f"{name}/{run.arm}", execution=run.execution or path)


def resolve(arm: Arm, file: object, name: str) -> AnyRecipe:
    """Reads an arm's recipe and changes what the arm sets.

    Args:
      arm: the arm.
      file: where it stands, for the error.
      name: its name there.

    Raises:
      ConfigError: naming the key that is wrong.
    """
    key = f"arms.{name}"
    path = files.by_name(arm.recipe, "recipes", file, f"{key}.recipe")
    return override(load_recipe(path), arm.set, file, f"{key}.set.")
