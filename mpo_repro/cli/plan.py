"""mpo-repro plan: what a study will take on this machine."""

import json
from typing import Annotated

import typer

from mpo_repro.cli._options import AsJson, Study

EXAMPLES = (
    "mpo-repro plan quick --cores 2",
    "mpo-repro plan paper --cores 32 --json",
    "mpo-repro plan paper --cohort 64 --device cuda",
    "mpo-repro plan paper --calibrate",
)
GB = 1e9


def plan(
    study: Study,
    cores: Annotated[int, typer.Option(min=1, help="Jobs at a time.")] = 1,
    cohort: Annotated[int, typer.Option(min=1, help="Runs in one job.")] = 1,
    device: Annotated[str, typer.Option(help="Of updates: cpu or cuda.")] = "cpu",
    calibrate: Annotated[bool, typer.Option(help="Measure the machine again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Predict jobs, core-hours, wall time, memory and disk of training a study.

    The machine is measured once, in about half a minute, and each task when a study
    first asks for it; Snakemake then reserves time and memory by these numbers.
    """
    from mpo_repro.cli._device import usable
    from mpo_repro.study import plan as forecasts
    from mpo_repro.study.opening import open_study

    opened = open_study(study)
    where = device if device == "cpu" else usable(device)
    machine = calibrated(opened, calibrate, where)
    found = forecasts.forecast(opened, machine, cores, cohort)
    if as_json:
        typer.echo(json.dumps({"machine": machine.machine} | found._asdict(), indent=1))
        return
    for line in lines(found, machine):
        typer.echo(line)


def calibrated(study, again: bool = False, device: str = "cpu"):
    """Reads what is known of the machine, and measures what is missing."""
    from mpo_repro.study import calibration

    tasks = calibration.tasks_of(study)
    known = None if again else calibration.load(device)
    missing = [task for task in tasks if known is None or task not in known.tasks]
    if known is not None and not missing:
        return known
    what = "this machine" if known is None else f"{len(missing)} more tasks"
    typer.echo(f"measuring {what}", err=True)
    try:
        if known is None:
            known = calibration.measure(tasks, device)
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
    yield f"jobs         {found.jobs}, of {found.runs} runs"
    if found.unknown:
        yield f"             {found.unknown} of them not MPO's: in no number below"
    yield f"core-hours   {found.core_hours:.2f}"
    yield f"wall time    {found.wall_hours:.2f} h"
    yield f"longest job  {found.longest_hours:.2f} h"
    yield f"memory       {found.job_memory / GB:.2f} GB of the dearest job"
    yield f"             {found.peak_memory / GB:.2f} GB of all at a time"
    yield f"disk         {found.disk / GB:.2f} GB of run folders"
