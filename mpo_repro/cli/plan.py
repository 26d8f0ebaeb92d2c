"""mpo-repro plan: what a study will take on this machine."""

import json
from typing import Annotated

import typer

from mpo_repro.cli import _completion

EXAMPLES = (
    "mpo-repro plan quick --cores 2",
    "mpo-repro plan paper --cores 32 --json",
    "mpo-repro plan paper --calibrate",
)
GB = 1e9


def plan(
    study: Annotated[
        str,
        typer.Argument(
            help="A name in paper_configs/studies.",
            autocompletion=_completion.studies,
        ),
    ],
    cores: Annotated[int, typer.Option(min=1, help="Jobs at a time.")] = 1,
    device: Annotated[str, typer.Option(help="Of updates: cpu.")] = "cpu",
    calibrate: Annotated[bool, typer.Option(help="Measure the machine again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Predict jobs, core-hours, wall time, memory and disk of training a study.

    The machine is measured once, in about half a minute, and each task when a study
    first asks for it; Snakemake then reserves time and memory by these numbers.
    """
    from mpo_repro.config import ConfigError
    from mpo_repro.study import plan as forecasts
    from mpo_repro.study.opening import open_study

    if device != "cpu":
        raise ConfigError("--device", "", device, "cpu")
    opened = open_study(study)
    machine = calibrated(opened, calibrate)
    found = forecasts.forecast(opened, machine, cores)
    if as_json:
        typer.echo(json.dumps({"machine": machine.machine} | found._asdict(), indent=1))
        return
    for line in lines(found, machine):
        typer.echo(line)


def calibrated(study, again: bool = False):
    """Reads what is known of the machine, and measures what is missing."""
    from mpo_repro.study import calibration

    tasks = calibration.tasks_of(study)
    known = None if again else calibration.load()
    missing = [task for task in tasks if known is None or task not in known.tasks]
    if known is not None and not missing:
        return known
    what = "this machine" if known is None else f"tasks: {', '.join(missing)}"
    typer.echo(f"measuring {what}", err=True)
    try:
        if known is None:
            known = calibration.measure(tasks)
        else:
            new = calibration.measure_tasks(missing)
            known = known._replace(tasks=known.tasks | new)
    except calibration.CalibrationError as error:
        typer.echo(f"cannot measure this machine: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"kept in {calibration.save(known)}", err=True)
    return known


def lines(found, machine):
    yield f"on {machine.machine}, {found.cores} jobs at a time"
    yield f"jobs         {found.jobs} runs"
    if found.unknown:
        yield f"             {found.unknown} of them not MPO's: in no number below"
    yield f"core-hours   {found.core_hours:.2f}"
    yield f"wall time    {found.wall_hours:.2f} h"
    yield f"longest run  {found.longest_hours:.2f} h"
    yield f"memory       {found.run_memory / GB:.2f} GB of the dearest run"
    yield f"             {found.peak_memory / GB:.2f} GB of all at a time"
    yield f"disk         {found.disk / GB:.2f} GB of run folders"
