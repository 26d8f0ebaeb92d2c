"""mpo-repro evaluate: episodes of a trained policy."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _folder

EXAMPLES = (
    "mpo-repro evaluate results/runs/cartpole-swingup/HASH/seed-0",
    "mpo-repro evaluate RUN --episodes 100 --seed 7",
)


def evaluate(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    episodes: Annotated[int, typer.Option(min=1, help="Of each kind.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Of starts and noise.")] = 1_000_000,
) -> None:
    """Play episodes with the mean and with sampled actions; print their returns."""
    _folder.require(run)
    for kind, returns in _play(run, episodes, seed).items():
        typer.echo(
            f"{kind:8} mean {returns.mean():.1f}  sd {returns.std(ddof=0):.1f}"
            f"  min {returns.min():.1f}  max {returns.max():.1f}  n {len(returns)}"
        )


def _play(folder: Path, episodes: int, seed: int):
    from mpo_repro.artifacts.run import Run
    from mpo_repro.config import algorithm
    from mpo_repro.training import evaluation

    run = Run(folder)
    about = run.details
    stage = evaluation.Stage(about["task"], about["backend"], seed, episodes)
    if algorithm(run.recipe) == "mpo":
        return stage.play(run.policy.act, 0)
    return _baseline(run).play(stage, 0)


def _baseline(run):
    from mpo_repro.baselines.run import BaselineRun
    from mpo_repro.training.plan import Plan

    run.checkpoint  # noqa: B018  refused here if there is none, or it is damaged
    about = run.details
    plan = Plan(run.recipe, about["task"], about["seed"], 0, 1, 1, about["backend"])
    return BaselineRun(plan, run.folder)
