"""mpo-repro export: a policy to give away."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder

EXAMPLES = (
    "mpo-repro export results/runs/cartpole-swingup/HASH/seed-0",
    "mpo-repro export RUN --out my-policy",
)


def export(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder; RUN/policy if not given.")
    ] = None,
) -> None:
    """Write a run's policy: safetensors, YAML and a model card.

    mpo_repro.load_policy(FOLDER) gives it back, to act in gymnasium's environments.
    """
    _folder.require(run)
    from mpo_repro.artifacts import export as artifact
    from mpo_repro.artifacts.run import Run

    folder = artifact.export(Run(run), out or run / "policy")
    for name in (artifact.WEIGHTS, artifact.DESCRIPTION, artifact.CARD):
        typer.echo(folder / name)
