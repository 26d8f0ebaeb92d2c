"""mpo-repro train: one run, from its settings to its run folder."""

from pathlib import Path
from typing import Annotated

import typer

EVALUATIONS = 10  # over a budget, unless the interval is given
EXIT_INTERRUPTED = 130
# Options that a study's file decides instead.
STUDY_DECIDES = (
    "steps",
    "recipe",
    "set_",
    "backend",
    "evaluation_interval",
    "evaluation_episodes",
)


def train(
    context: typer.Context,
    task: Annotated[str, typer.Option(help="For example cartpole-swingup.")],
    seed: Annotated[int, typer.Option(min=0)] = 0,
    steps: Annotated[
        int, typer.Option(min=1, help="Budget, environment steps.")
    ] = 100_000,
    recipe: Annotated[
        str, typer.Option(help="A name in paper_configs/recipes, or a file.")
    ] = "default",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE over the recipe; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder.")] = None,
    backend: Annotated[str, typer.Option(help="envpool or dm_control.")] = "envpool",
    evaluation_interval: Annotated[
        int | None, typer.Option(min=1, help="Environment steps.")
    ] = None,
    evaluation_episodes: Annotated[int, typer.Option(min=1)] = 10,
    execution: Annotated[
        str | None, typer.Option(help="plain or compiled; the rule decides if absent.")
    ] = None,
    study: Annotated[str | None, typer.Option(help="Train a run of a study.")] = None,
    arm: Annotated[str | None, typer.Option(help="Of the study.")] = None,
) -> None:
    """Train one run; the same command again resumes it.

    With --study and --arm the study's file gives budget, evaluation and folder:

        mpo-repro train --study quick --arm default --task reacher-easy --seed 0
    """
    _refuse_ignored(context, study)
    if study is not None:
        spec, evaluation, backend = _of_study(study, arm, task, seed)
        settings, steps, folder = spec.recipe, spec.steps, spec.folder
        interval, episodes = evaluation.interval, evaluation.episodes
    else:
        settings, folder = _of_options(task, seed, recipe, set_, backend)
        interval = evaluation_interval or max(1, steps // EVALUATIONS)
        episodes = evaluation_episodes
    _check_names(task, backend, execution)
    _train(
        (settings, task, seed, steps, interval, episodes, backend, execution),
        out or folder,
    )


def _refuse_ignored(context: typer.Context, study: str | None) -> None:
    """Refuses an option that would be read and then not used."""
    from mpo_repro.config import ConfigError

    unused = ("arm",) if study is None else STUDY_DECIDES
    for name in unused:
        if context.get_parameter_source(name).name == "COMMANDLINE":
            option = "--" + name.strip("_").replace("_", "-")
            given = "no --study" if study is None else f"--study {study}"
            hint = "--study beside it" if study is None else "only without --study"
            raise ConfigError(option, "", given, hint)


def _of_study(study: str, arm: str | None, task: str, seed: int):
    from mpo_repro.config import ConfigError
    from mpo_repro.study.opening import open_study

    opened = open_study(study)
    if arm is None:
        raise ConfigError("--arm", "", "nothing", f"one of {', '.join(opened.arms)}")
    return opened.run(arm, task, seed), opened.evaluation, opened.backend


def _of_options(task, seed, recipe, settings, backend):
    from mpo_repro.config import (
        load_recipe,
        override,
        parse_settings,
        recipe_hash,
    )
    from mpo_repro.config.study import RUNS

    chosen = override(load_recipe(recipe), parse_settings(settings or []))
    digest = recipe_hash(chosen, task, backend)
    return chosen, RUNS / task / digest / f"seed-{seed}"


def _check_names(task: str, backend: str, execution: str | None) -> None:
    from mpo_repro.config import ConfigError, nearest
    from mpo_repro.environments import BACKENDS, TASKS
    from mpo_repro.training.execution import PATHS

    checks = (
        ("--task", task, TASKS),
        ("--backend", backend, BACKENDS),
        ("--execution", execution or PATHS[0], PATHS),
    )
    for option, given, allowed in checks:
        if given not in allowed:
            raise ConfigError(option, "", given, nearest(given, allowed))


def _train(plan: tuple, folder: Path) -> None:
    from mpo_repro.cli import _progress
    from mpo_repro.training import checkpoint, process, run

    with _progress.line() as show:
        try:
            marker = process.train(run.Plan(*plan), folder, show)
        except run.InterruptedRunError:
            typer.echo(f"saved in {folder}; the same command goes on", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except checkpoint.StaleCheckpointError as error:
            hint = f"remove {folder} to start again, or choose another --out"
            typer.echo(f"{error}; {hint}", err=True)
            raise typer.Exit(2) from None
    typer.echo(f"finished: {marker.parent}")
