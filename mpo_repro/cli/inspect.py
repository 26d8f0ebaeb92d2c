"""mpo-repro inspect: how a run ended, and what its numbers were then."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder

EXAMPLES = ("mpo-repro inspect results/runs/cartpole-swingup/HASH/seed-0",)


def inspect(run: Annotated[Path, typer.Argument(help="A run folder.")]) -> None:
    """Show a run's last diagnostics, and each tensor's range and non-finite entries.

    Of a run that stopped over its numbers: the state and the batch that stopped it. Of
    any other: its checkpoint.
    """
    _folder.require(run)
    found = _look(run)
    about = found.about
    reason = f": {about['reason']}" if about.get("reason") else ""
    typer.echo(f"{about.get('task')}, seed {about.get('seed')}, {about.get('hash')}")
    typer.echo(f"{about.get('ended')}{reason}")
    for text in found.damaged:
        typer.echo(f"damaged: {text}", err=True)
    _folder.echo_unverified([run])
    if found.source is None:
        typer.echo("nothing was saved")
        return
    facts = found.facts
    steps, updates = facts["environment_steps"], facts["updates"]
    typer.echo(f"\nfrom {found.source}: {steps:,} steps, {updates:,} updates")
    for name, value in facts["diagnostics"].items():
        typer.echo(f"  {name:26} {value if isinstance(value, str) else value[0]}")
    _show(found.ranges)


def _show(ranges) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    for heading in ("tensor", "shape", "lowest", "highest", "not finite"):
        right = heading in ("lowest", "highest")
        justify = "right" if right else "left"
        table.add_column(heading, justify=justify, no_wrap=right, overflow="fold")
    for row in ranges:
        shape = " x ".join(map(str, row.shape))
        ends = ["-" if x is None else f"{x:.4g}" for x in row[2:4]]
        table.add_row(row.name, shape, *ends, str(row.not_finite or ""))
    console = Console(highlight=False)
    console.print()
    console.print(table)


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
