"""mpo-repro benchmark: how fast this machine learns, simulates and plans."""

import json
from typing import Annotated

import typer

from mpo_repro.cli import _completion
from mpo_repro.cli._options import AsJson, Execution, Recipe, Settings
from mpo_repro.config.execution import PATHS

EXAMPLES = (
    "mpo-repro benchmark learner",
    "mpo-repro benchmark learner --policy 256,256 --critic 256,256 --json",
    "mpo-repro benchmark scaling --processes 4",
    "mpo-repro benchmark cohorts --runs 1,64 --device cuda",
    "mpo-repro benchmark environments --task cheetah-run",
    "mpo-repro benchmark run --steps 100000 --set data.environments=8",
    "mpo-repro benchmark workflow --runs 20000",
    "mpo-repro benchmark plan --study quick --cores 2",
)
Threads = Annotated[int, typer.Option(min=1, help="Of each process.")]
Rounds = Annotated[int, typer.Option(min=1, help="Turns that each rival takes.")]

benchmark = typer.Typer(
    help="Measure this machine: every figure beside its limit, rivals in turns."
)


@benchmark.command("learner")
def learner(
    batch: Annotated[int, typer.Option(min=1, help="Transitions.")] = 256,
    samples: Annotated[int, typer.Option(min=1, help="Actions per state.")] = 20,
    observations: Annotated[int, typer.Option(min=1, help="Elements.")] = 17,
    actions: Annotated[int, typer.Option(min=1, help="Dimensions.")] = 6,
    policy: Annotated[str, typer.Option(help="Widths of hidden layers.")] = "100,100",
    critic: Annotated[str, typer.Option(help="Widths of hidden layers.")] = "200,200",
    recipe: Recipe = "paper",
    execution: Execution = None,
    threads: Threads = 1,
    rounds: Rounds = 20,
    repetitions: Annotated[int, typer.Option(min=1, help="Updates per turn.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Measure one update: ours, a plain one, its matrix products alone."""
    from mpo_repro.benchmark import learner as rivals
    from mpo_repro.benchmark.sizes import Sizes
    from mpo_repro.training.execution import choose

    widths = _widths("--policy", policy), _widths("--critic", critic)
    sizes = Sizes(batch, samples, observations, actions, *widths, recipe)
    sizes.settings()  # refuses here what it would refuse in the processes
    _one_of("--execution", execution, PATHS)
    path = choose(10**9, execution)
    _show(rivals.benchmark(sizes, path, threads, rounds, repetitions), as_json)


@benchmark.command("scaling")
def scaling(
    processes: Annotated[int, typer.Option(min=2, help="One thread each.")] = 2,
    execution: Execution = None,
    rounds: Rounds = 20,
    repetitions: Annotated[int, typer.Option(min=1, help="Updates per turn.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Measure what learners lose that run beside each other on as many cores."""
    from mpo_repro.benchmark import scaling as side_by_side
    from mpo_repro.benchmark.sizes import Sizes
    from mpo_repro.training.execution import choose

    _one_of("--execution", execution, PATHS)
    path = choose(10**9, execution)
    how = processes, rounds, repetitions
    _show(side_by_side.benchmark(Sizes(), path, *how), as_json)


@benchmark.command("cohorts")
def cohorts(
    runs: Annotated[str, typer.Option(help="That learn together.")] = "1,4,16",
    device: Annotated[str, typer.Option(help="Of updates: cpu or cuda.")] = "cpu",
    execution: Execution = None,
    rounds: Rounds = 10,
    as_json: AsJson = False,
) -> None:
    """Measure updates of runs that learn together, per run and of all."""
    from mpo_repro.benchmark import cohorts as together
    from mpo_repro.benchmark.sizes import Sizes
    from mpo_repro.cli._device import usable
    from mpo_repro.training.execution import choose

    _one_of("--execution", execution, PATHS)
    path, counts = choose(10**9, execution), _widths("--runs", runs)
    found = together.benchmark(Sizes(), path, counts, usable(device), rounds)
    _show(found, as_json)


@benchmark.command("environments")
def environments(
    task: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the suite, in EnvPool; repeatable.",
            autocompletion=_completion.envpool_tasks,
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Stepped together.")] = 8,
    threads: Threads = 1,
    rounds: Rounds = 5,
    as_json: AsJson = False,
) -> None:
    """Measure environment steps: ours, EnvPool itself, dm_control's own loop."""
    from mpo_repro.benchmark import environments as rivals
    from mpo_repro.environments.suite import TASKS
    from mpo_repro.training.refusals import check_task

    for given in task or ():
        _one_of("--task", given, TASKS)
        check_task(given, "envpool", "--task", ("", ""))
    chosen = tuple(task or rivals.TASKS)
    _show(rivals.benchmark(chosen, count, threads, rounds), as_json)


@benchmark.command("run")
def run(
    task: Annotated[
        str,
        typer.Option(help="Name of the task.", autocompletion=_completion.tasks),
    ] = "cheetah-run",
    steps: Annotated[int, typer.Option(min=1, help="Environment steps.")] = 20_000,
    recipe: Recipe = "paper",
    set_: Settings = None,
    evaluations: Annotated[int, typer.Option(min=1, help="In all.")] = 10,
    episodes: Annotated[int, typer.Option(min=1, help="Of each kind.")] = 10,
    execution: Execution = None,
    as_json: AsJson = False,
) -> None:
    """Train once, in one thread, and say where the time went."""
    from mpo_repro.benchmark import run as whole
    from mpo_repro.config import (
        ConfigError,
        algorithm,
        default_backend,
        load_recipe,
        override,
        parse_settings,
    )
    from mpo_repro.environments import TASKS
    from mpo_repro.training.plan import Plan

    _one_of("--task", task, TASKS)
    _one_of("--execution", execution, PATHS)
    settings = override(load_recipe(recipe), parse_settings(set_ or []))
    interval = max(1, steps // evaluations)
    if algorithm(settings) != "mpo":
        raise ConfigError("--recipe", "", recipe, "one of MPO")
    look = interval, episodes, default_backend(task), execution
    _show(whole.benchmark(Plan(settings, task, 0, steps, *look)), as_json)


@benchmark.command("workflow")
def workflow(
    runs: Annotated[int, typer.Option(min=10, max=100_000)] = 1000,
    as_json: AsJson = False,
) -> None:
    """Measure Snakemake's dry run over a study of so many runs."""
    from mpo_repro.benchmark import workflow as dry_run

    _show(dry_run.benchmark(runs - runs % dry_run.TASK_COUNT), as_json)


@benchmark.command("plan")
def plan(
    study: Annotated[
        str,
        typer.Option(
            help="A name in paper_configs/studies.",
            autocompletion=_completion.studies,
        ),
    ] = "quick",
    cores: Annotated[int, typer.Option(min=1, help="Jobs at a time.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Predict what a study takes, then make it from nothing, and compare."""
    from mpo_repro.study import trial

    _show({"study": study, "cores": cores} | trial.benchmark(study, cores), as_json)


def _widths(option: str, text: str) -> tuple[int, ...]:
    from mpo_repro.config import ConfigError

    parts = [part.strip() for part in text.split(",")]
    # Python takes more for a number, such as "1_000".
    if not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise ConfigError(option, "", text, "numbers from 1 with commas between them")
    return tuple(map(int, parts))


def _one_of(option: str, given: str | None, allowed: tuple[str, ...]) -> None:
    from mpo_repro.config import ConfigError, nearest

    if given is not None and given not in allowed:
        raise ConfigError(option, "", given, nearest(given, allowed))


def _show(found: dict, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for name, value in _flat(found):
        text = f"{value:.4g}" if isinstance(value, float) else value
        typer.echo(f"{name:<46} {text}")


def _flat(found: dict, prefix: str = ""):
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
