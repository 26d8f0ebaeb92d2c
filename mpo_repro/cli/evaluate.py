"""mpo-repro evaluate: episodes of a trained policy."""

from pathlib import Path
from typing import Annotated

import typer

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
    about = _read(run)
    for kind, returns in _play(run, about, episodes, seed).items():
        typer.echo(
            f"{kind:8} mean {returns.mean():.1f}  sd {returns.std(ddof=0):.1f}"
            f"  min {returns.min():.1f}  max {returns.max():.1f}  n {len(returns)}"
        )


def _read(run: Path) -> dict:
    """Reads run.json as far as it is needed, the recipe as a model."""
    import json

    from mpo_repro.config import ConfigError
    from mpo_repro.config.algorithms import select

    path = run / "run.json"
    if not path.exists():
        raise ConfigError(run, "run.json", "no such file", "the folder of a run")
    try:
        about = json.loads(path.read_text("utf-8"))
        known = {key: about[key] for key in ("task", "backend", "hash", "seed")}
        model, settings = select(about["recipe"], path)
        return known | {"recipe": model.model_validate(settings, strict=False)}
    except (ValueError, KeyError, TypeError) as error:
        told = f"{type(error).__name__}: {error}"
        raise ConfigError(path, "", told, "what mpo-repro train writes") from None


def _play(run: Path, about: dict, episodes: int, seed: int):
    from mpo_repro.config import ConfigError, algorithm
    from mpo_repro.training import checkpoint

    identity = f"{about['hash']}/seed-{about['seed']}"
    try:
        found = checkpoint.Checkpoint(run / "checkpoint", identity).load()
    except checkpoint.StaleCheckpointError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if found is None:
        raise ConfigError(run, "checkpoint", "none", "a run that has been saved")
    if algorithm(about["recipe"]) != "mpo":
        return _play_baseline(run, about, episodes, seed)
    return _play_mpo(found[0], about, episodes, seed)


def _play_mpo(tensors: dict, about: dict, episodes: int, seed: int):
    from mpo_repro.environments import spec
    from mpo_repro.training import evaluation, problem

    recipe, sizes = about["recipe"], spec(about["task"])
    width = problem.action_size(recipe, sizes)
    constants = problem.problem(recipe, sizes.observation_size, width)
    state = {name: tensor[0] for name, tensor in tensors.items() if "/" not in name}
    act = evaluation.acting(constants, state)
    return evaluation.play(act, about["task"], about["backend"], seed, 0, episodes)


def _play_baseline(run: Path, about: dict, episodes: int, seed: int):
    from mpo_repro.baselines.run import BaselineRun
    from mpo_repro.training.plan import Plan

    recipe, task = about["recipe"], about["task"]
    plan = Plan(recipe, task, about["seed"], 0, 1, episodes, about["backend"])
    return BaselineRun(plan, run).episode_returns(seed, 0, episodes)
