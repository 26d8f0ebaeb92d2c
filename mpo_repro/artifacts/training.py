"""Training from Python: one call, one run to look into."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mpo_repro.artifacts.run import Run
from mpo_repro.config import (
    AnyRecipe,
    ConfigError,
    default_backend,
    load_recipe,
    nearest,
    override,
    recipe_hash,
)
from mpo_repro.config.recipe import Recipe
from mpo_repro.config.recipes import setting_keys
from mpo_repro.config.run_spec import RUNS
from mpo_repro.training import refusals
from mpo_repro.training.plan import Plan

EVALUATIONS = 10  # over a budget, unless the interval is given
CALL = "train()"  # as errors name it


def train(
    task: str,
    recipe: str | Path = "default",
    seed: int = 0,
    steps: int = 100_000,
    *,
    out: str | Path | None = None,
    backend: str | None = None,
    evaluation_interval: int | None = None,
    evaluation_episodes: int = 10,
    execution: str | None = None,
    progress: Callable | None = None,
    **overrides: Any,
) -> Run:
    """Trains one run, or takes up what its folder holds, and gives it back.

    It is the run that `mpo-repro train` with the same settings trains.

    Args:
      task: e.g. "cartpole-swingup".
      recipe: a name in paper_configs/recipes, or a path.
      seed: at least 0.
      steps: budget, environment steps.
      out: the run folder; results/runs/<task>/<hash>/seed-<seed> if None.
      backend: the simulator; the task's first if None.
      evaluation_interval: environment steps; a tenth of the budget if None.
      evaluation_episodes: of each kind.
      execution: "plain" or "compiled"; None: the rule of training.execution decides.
      progress: called now and then with a `training.plan.Progress`.
      **overrides: settings over the recipe: `improvement__epsilon_mean=0.05`, or the
        last part alone, `epsilon_mean=0.05`, where only one setting is called so.

    Returns:
      The run: `.curve`, `.diagnostics`, `.policy`.

    Raises:
      ConfigError: if an argument, the recipe or a setting is wrong; nothing has been
        written then. It is a ValueError.
      InterruptedRunError: on Ctrl+C; the same call goes on.
    """
    if evaluation_interval is None:
        evaluation_interval = max(1, steps // EVALUATIONS)
    if backend is None:
        backend = default_backend(task)
    loaded = load_recipe(recipe)
    chosen = override(loaded, settings_of(loaded, overrides), CALL)
    how = evaluation_interval, evaluation_episodes, backend, execution
    plan = Plan(chosen, task, seed, steps, *how)
    _check(plan)
    digest = recipe_hash(chosen, task, backend)
    folder = RUNS / task / digest / f"seed-{seed}" if out is None else Path(out)
    trainer(chosen)(plan, folder, progress)
    return Run(folder)


def _check(plan: Plan) -> None:
    """Refuses what the command line refuses, before a folder is made."""
    refusals.check_number(plan.seed, 0, CALL, "seed")
    refusals.check_number(plan.steps, 1, CALL, "steps")
    refusals.check_number(plan.interval, 1, CALL, "evaluation_interval")
    refusals.check_number(plan.episodes, 1, CALL, "evaluation_episodes")
    refusals.check_task(plan.task, plan.backend, CALL, ("task", "backend"))
    refusals.check_actions(plan.recipe, plan.task, CALL, "recipe")
    refusals.check_execution(plan.recipe, plan.execution, CALL, "execution")


def settings_of(recipe: AnyRecipe, given: Mapping[str, Any]) -> dict[str, Any]:
    """Finds the settings that are meant: dotted key -> value.

    Args:
      recipe: the recipe whose settings they are.
      given: "a__b", "a.b" or, where one setting alone ends in it, "b".

    Raises:
      ConfigError: if several settings end in a name; an unknown one is left to
        `override`, which names those that are near.
    """
    known = setting_keys(recipe.model_dump(mode="json"))
    found = {}
    for name, value in given.items():
        key = name.replace("__", ".")
        ends = [one for one in known if one.rpartition(".")[2] == key]
        if key not in known and len(ends) > 1:
            raise ConfigError(CALL, name, "an ambiguous name", nearest(key, ends))
        found[ends[0] if key not in known and ends else key] = value
    return found


def trainer(recipe: AnyRecipe) -> Callable:
    """Finds what trains a recipe: the one place that knows every algorithm.

    Returns:
      `training.process.train`, without `start`, or what takes its place.

    Raises:
      ConfigError: if it needs packages that are not installed.
    """
    from mpo_repro.training import process

    if isinstance(recipe, Recipe):
        if recipe.data.workers == 1:
            return process.train
        from mpo_repro.training import workers

        return workers.train
    try:
        from mpo_repro.baselines.run import BaselineRun
    except ModuleNotFoundError as error:
        hint = "recipes of MPO, or first: pip install 'mpo_repro[baselines]'"
        raise ConfigError("--recipe", "", f"no module {error.name}", hint) from None
    return partial(process.train, start=BaselineRun)
