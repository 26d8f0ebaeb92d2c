"""mpo-repro inspect: how a run ended, and what its numbers were then."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = ("mpo-repro inspect results/runs/cartpole-swingup/HASH/seed-0",)


def inspect(run: Annotated[Path, typer.Argument(help="A run folder.")]) -> None:
    """Show a run's last diagnostics, and each tensor's range and non-finite entries.

    Of a run that stopped over its numbers: the state and the batch that stopped it. Of
    any other: its checkpoint.
    """
    found = _look(run)
    about = found.about
    reason = f": {about['reason']}" if about.get("reason") else ""
    typer.echo(f"{about.get('task')}, seed {about.get('seed')}, {about.get('hash')}")
    typer.echo(f"{about.get('ended')}{reason}")
    if found.source is None:
        typer.echo("nothing was saved")
        return
    facts = found.facts
    steps, updates = facts["environment_steps"], facts["updates"]
    typer.echo(f"\nfrom {found.source}: {steps:,} steps, {updates:,} updates")
    for name, value in facts["diagnostics"].items():
        typer.echo(f"  {name:26} {value if isinstance(value, str) else value[0]}")
    typer.echo(
        f"\n{'tensor':28} {'shape':18} {'lowest':>12} {'highest':>12} not finite"
    )
    for row in found.ranges:
        shape = " x ".join(map(str, row.shape))
        ends = [" " * 11 + "-" if x is None else f"{x:12.4g}" for x in row[2:4]]
        flag = str(row.not_finite) if row.not_finite else ""
        typer.echo(f"{row.name:28} {shape:18} {ends[0]} {ends[1]} {flag}".rstrip())


def _look(run: Path):
    from mpo_repro.config import ConfigError
    from mpo_repro.training import checkpoint, inspection

    if not (run / "run.json").is_file():
        raise ConfigError(run, "run.json", "no such file", "the folder of a run")
    try:
        return inspection.inspect(run)
    except (checkpoint.DamagedError, checkpoint.StaleCheckpointError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except ValueError as error:
        allowed = "what mpo-repro train writes"
        raise ConfigError(run / "run.json", "", str(error), allowed) from None
