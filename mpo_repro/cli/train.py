"""mpo-repro train: one run, from its settings to its run folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _completion
from mpo_repro.cli._options import Execution, Recipe, Settings

EXAMPLES = (
    "mpo-repro train --task cartpole-swingup",
    "mpo-repro train --task cheetah-run --set improvement.epsilon_mean=0.05",
    "mpo-repro train --task reacher-easy --steps 50000 --tensorboard",
    "mpo-repro train --study quick --arm default --task reacher-easy --seed 0",
)
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
    task: Annotated[
        str,
        typer.Option(
            help="For example cartpole-swingup.", autocompletion=_completion.tasks
        ),
    ],
    seed: Annotated[int, typer.Option(min=0)] = 0,
    steps: Annotated[
        int, typer.Option(min=1, help="Budget, environment steps.")
    ] = 100_000,
    recipe: Recipe = "default",
    set_: Settings = None,
    out: Annotated[Path | None, typer.Option(help="The run folder.")] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            help="The simulator; by default the task's first.",
            autocompletion=_completion.backends,
        ),
    ] = None,
    evaluation_interval: Annotated[
        int | None, typer.Option(min=1, help="Environment steps.")
    ] = None,
    evaluation_episodes: Annotated[int, typer.Option(min=1)] = 10,
    execution: Execution = None,
    study: Annotated[
        str | None,
        typer.Option(
            help="Train a run of a study.", autocompletion=_completion.studies
        ),
    ] = None,
    arm: Annotated[
        str | None,
        typer.Option(help="Of the study.", autocompletion=_completion.arms),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write its events as well.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until nobody else trains this run.")
    ] = False,
) -> None:
    """Train one run; the same command again resumes it.

    With --study and --arm the study's file gives budget, evaluation and folder.
    Events for TensorBoard are written into the folder `tensorboard` of the run's.
    """
    _refuse_ignored(context, study)
    named = "--execution", ""
    if study is not None:
        spec, evaluation = _of_study(study, arm, task, seed)
        settings, steps, folder = spec.recipe, spec.steps, spec.folder
        backend = spec.backend
        if execution is None:
            execution, named = spec.execution, (f"study {study}", "execution")
        interval, episodes = evaluation.interval, evaluation.episodes
    else:
        backend = _default_backend(task) if backend is None else backend
        settings, folder = _of_options(task, seed, recipe, set_, backend)
        interval = evaluation_interval or max(1, steps // EVALUATIONS)
        episodes = evaluation_episodes
    _check_names(settings, task, backend, execution, named)
    _train(
        (settings, task, seed, steps, interval, episodes, backend, execution),
        out or folder,
        tensorboard,
        wait,
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
    return opened.run(arm, task, seed), opened.evaluation


def _default_backend(task: str) -> str:
    from mpo_repro.config import default_backend

    return default_backend(task)


def _of_options(task, seed, recipe, settings, backend):
    from mpo_repro.config import (
        load_recipe,
        override,
        parse_settings,
        recipe_hash,
    )
    from mpo_repro.config.run_spec import RUNS

    chosen = override(load_recipe(recipe), parse_settings(settings or []))
    digest = recipe_hash(chosen, task, backend)
    return chosen, RUNS / task / digest / f"seed-{seed}"


def _check_names(
    settings, task: str, backend: str, execution: str | None, named: tuple[str, str]
) -> None:
    from mpo_repro.training import refusals

    refusals.check_task(task, backend, "command line", ("--task", "--backend"))
    refusals.check_actions(settings, task, "command line", "--recipe")
    refusals.check_execution(settings, execution, *named)


def _train(plan: tuple, folder: Path, tensorboard: bool, wait: bool) -> None:
    from mpo_repro.artifacts.training import trainer
    from mpo_repro.cli import _progress
    from mpo_repro.training import memory
    from mpo_repro.training.plan import Plan

    failures = _failures(folder)
    try:
        with _events(folder, tensorboard) as note, _progress.line() as show:

            def tell(progress) -> None:
                show(progress)
                note()

            marker = trainer(plan[0])(Plan(*plan), folder, tell, wait=wait)
    except tuple(failures) as error:
        kind = next(kind for kind in failures if isinstance(error, kind))
        code, hint = failures[kind]
        typer.echo(f"{error}; {hint}", err=True)
        raise typer.Exit(code) from None
    except (MemoryError, RuntimeError) as error:
        if not memory.exhausted(error):
            raise
        typer.echo(f"out of memory; {failures[OSError][1]}, with more", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"finished: {marker.parent}")


def _failures(folder: Path) -> dict[type[Exception], tuple[int, str]]:
    """Says of each way in which training can fail its exit code and what to do."""
    from mpo_repro.runs import reading
    from mpo_repro.training import checkpoint, guard, lock, plan

    again = f"remove {folder} to start again, or choose another --out"
    if reading.finished(folder, 0).marker:
        again = f"{folder} is as it was; another --out starts the run anew"
    return {
        plan.InterruptedRunError: (EXIT_INTERRUPTED, "the same command goes on"),
        checkpoint.StaleCheckpointError: (2, again),
        lock.LockedError: (2, "one process at a time trains a run"),
        guard.UnsoundRunError: (1, f"mpo-repro inspect {folder} shows the state"),
        OSError: (1, f"nothing saved in {folder} is lost; the same command goes on"),
    }


@contextmanager
def _events(folder: Path, wanted: bool) -> Iterator[Callable]:
    """Gives a function that writes what is new as events, if they are wanted."""
    if not wanted:
        yield lambda: None
        return
    from mpo_repro.artifacts.events import Events, MissingTensorboardError
    from mpo_repro.config import ConfigError

    try:
        events = Events(folder)
    except MissingTensorboardError as error:
        raise ConfigError("--tensorboard", "", "no tensorboard", str(error)) from None
    try:
        yield events.follow
    finally:
        events.close()
