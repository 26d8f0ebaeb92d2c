"""mpo-repro study: what there is to train, training it, and how far it is."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder
from mpo_repro.cli._options import Execution, Study

EXAMPLES = (
    "mpo-repro study list",
    "mpo-repro study show reference",
    "mpo-repro study run smoke",
    "mpo-repro study run paper --cores 8 --yes",
    "mpo-repro study run quick -- --workflow-profile workflow/profiles/slurm",
    "mpo-repro study status reference",
    "mpo-repro study status reference --once --json",
    "mpo-repro study rung paper-open-search --dry-run",
)
REFRESH_SECONDS = 2.0
ASK_HOURS = 1.0
GIGABYTE = 1e9

study = typer.Typer(help="Train a study, and see how far it is.")


@study.command("list")
def list_() -> None:
    """List the studies, with their size."""
    from rich.console import Console
    from rich.table import Table

    from mpo_repro.config.files import configs
    from mpo_repro.study import open_study

    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    for heading in ("study", "tasks", "arms", "runs", "steps", "title"):
        right = heading in ("tasks", "arms", "runs", "steps")
        justify = "right" if right else "left"
        whole = heading != "title"
        table.add_column(heading, justify=justify, no_wrap=whole, overflow="fold")
    for path in sorted((configs() / "studies").glob("*.yaml")):
        found = open_study(path.stem)
        runs = found.runs()
        counts = len(found.tasks), len(found.arms), len({run.folder for run in runs})
        steps = max(run.steps for run in runs)
        table.add_row(found.name, *map(str, counts), f"{steps:,}", found.title)
    Console(highlight=False).print(table)


@study.command("show")
def show(name: Study) -> None:
    """Show what a study compares: tasks, seeds, budgets, and each arm."""
    from mpo_repro.cli import _study_page
    from mpo_repro.study import open_study

    _study_page.show(open_study(name))


@study.command("status")
def status(
    name: Study,
    once: Annotated[bool, typer.Option("--once", help="Print once and end.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, and end.")
    ] = False,
) -> None:
    """Show where every run stands, from its files alone.

    On a terminal the table is renewed until all runs are done or you press Ctrl+C;
    training goes on. Exit code 1 if a run has failed, stalled, or is damaged.
    """
    from mpo_repro.study import open_study
    from mpo_repro.study import status as files

    chosen = open_study(name)
    states = files.look(chosen)
    if as_json:
        summary = files.summarise(chosen, states)._asdict()
        runs = [state._asdict() for state in states]
        typer.echo(json.dumps({"summary": summary, "runs": runs}, indent=1))
    else:
        states = _watch(chosen, once or not sys.stdout.isatty())
        _folder.echo_unverified(run.folder for run in chosen.runs())
    troubled = {files.FAILED, files.DAMAGED, files.STALLED}
    if {state.state for state in states} & troubled:
        raise typer.Exit(1)


def _watch(chosen, once: bool) -> list:
    """Shows the table, again and again unless once; gives the last states."""
    from rich.console import Console
    from rich.live import Live

    from mpo_repro.cli._status import view
    from mpo_repro.study.status import DONE, look, summarise

    states = look(chosen)
    console = Console(highlight=False)
    if once:
        console.print(view(states, summarise(chosen, states)))
        return states
    with Live(console=console, auto_refresh=False, transient=False) as live:
        try:
            while True:
                live.update(view(states, summarise(chosen, states)), refresh=True)
                if all(state.state == DONE for state in states):
                    break
                time.sleep(REFRESH_SECONDS)
                states = look(chosen)
        except KeyboardInterrupt:
            pass
    return states


@study.command("run")
def run(
    name: Study,
    more: Annotated[
        list[str] | None,
        typer.Argument(help="After --: arguments of Snakemake.", show_default=False),
    ] = None,
    cores: Annotated[str, typer.Option(help="How many; or all.")] = "all",
    execution: Execution = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command only.")
    ] = False,
) -> None:
    """Train a study and write its report, by Snakemake.

    Prints the command that it runs; you may as well type that. Asks first if it would
    take more than an hour. Runs go on from where they were.
    """
    from mpo_repro.config import ConfigError, nearest
    from mpo_repro.config.execution import PATHS
    from mpo_repro.study import open_study, snakemake

    if cores != "all" and not (cores.isdecimal() and int(cores)):
        raise ConfigError("--cores", "", cores, "a number, at least 1, or all")
    chosen = open_study(name)
    if execution is not None and execution not in PATHS:
        raise ConfigError("--execution", "", execution, nearest(execution, PATHS))
    arguments = snakemake.command(chosen.name, cores, more or (), execution)
    typer.echo(snakemake.plain(arguments))
    if dry_run:
        return
    _take_over(chosen.name, yes)
    _announce(chosen, cores, yes)
    snakemake.become(arguments)


@study.command("rung")
def rung(
    name: Study,
    folder: Annotated[
        Path | None,
        typer.Option(help="Its results; results/NAME if absent.", show_default=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print only; write nothing.")
    ] = False,
) -> None:
    """Score the arms of a search's rung, and write the next rung's study.

    After the last rung it writes the recipe that was searched for. The same tables give
    the same file; another file in its place is not replaced.
    """
    from mpo_repro.cli import _folder, _rung
    from mpo_repro.study import open_study

    chosen = open_study(name)
    place = folder or Path("results") / chosen.name
    _folder.require(place, _folder.RESULTS)
    _rung.show(chosen, place, dry_run)


def _take_over(name: str, yes: bool) -> None:
    """Sees to it that no Snakemake holds this folder, and none has left it locked."""
    from mpo_repro.config import ConfigError
    from mpo_repro.study import snakemake

    if not snakemake.locked():
        return
    process = snakemake.alive()
    if process is not None:
        given = f"in use by Snakemake, process {process}"
        allowed = f"one at a time; mpo-repro study status {name} shows how far it is"
        raise ConfigError(Path.cwd(), "", given, allowed)
    _agree(
        "Snakemake left a lock here and none runs on this machine. Unlock?",
        yes,
        "a lock that Snakemake left",
    )
    snakemake.unlock(name)


def _announce(chosen, cores: str, yes: bool) -> None:
    """Says what is ahead: jobs, hours, disk; asks if it takes longer than an hour."""
    from mpo_repro.cli import plan
    from mpo_repro.study import plan as forecasts
    from mpo_repro.study import status as files

    states = files.look(chosen)
    for state in (one for one in states if one.state == files.DAMAGED):
        place = f"{state.arm} {state.task} seed {state.seed}"
        typer.echo(f"damaged: {place}: {state.reason}", err=True)
    summary = files.summarise(chosen, states)
    jobs, steps = summary.runs - summary.done, summary.budget - summary.steps
    typer.echo(f"{jobs} of {summary.runs} runs to train, {steps:,} environment steps")
    if not jobs:
        return
    count = (os.cpu_count() or 1) if cores == "all" else int(cores)
    found = forecasts.forecast(chosen, plan.calibrated(chosen), count)
    hours = found.wall_hours * steps / summary.budget
    space = found.disk / GIGABYTE
    typer.echo(
        f"about {hours:.1f} hours on {count} cores; {space:.1f} GB of disk in all"
    )
    typer.echo(f"watch it: mpo-repro study status {chosen.name}")
    if hours > ASK_HOURS:
        _agree("Go on?", yes, f"about {hours:.1f} hours ahead")


def _agree(question: str, yes: bool, given: str) -> None:
    """Asks, unless yes is given; refuses where nobody can answer."""
    from mpo_repro.config import ConfigError

    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigError("--yes", "", f"not, with {given}", "--yes, or a terminal")
    if not typer.confirm(question):
        raise typer.Exit(1)
