"""mpo-repro cohort: several runs of a study in one process, for a GPU."""

from pathlib import Path
from typing import Annotated

import typer

from mpo_repro.cli import _completion
from mpo_repro.cli._options import Execution

EXAMPLES = (
    "mpo-repro cohort --study smoke --task reacher-easy --run default/0",
    "mpo-repro cohort --study smoke --task reacher-easy --run a/0 --run a/1",
)
EXIT_INTERRUPTED = 130


def cohort(
    study: Annotated[
        str,
        typer.Option(help="The study's name.", autocompletion=_completion.studies),
    ],
    task: Annotated[
        str, typer.Option(help="One of its tasks.", autocompletion=_completion.tasks)
    ],
    run: Annotated[
        list[str],
        typer.Option(
            help="ARM/SEED; may be repeated.", autocompletion=_completion.runs
        ),
    ],
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    execution: Execution = None,
) -> None:
    """Train runs of a study together; the same command again resumes them.

    Their recipes may differ in numbers only: bounds, rates, sizes of the buffer.
    """
    from mpo_repro.cli import _progress
    from mpo_repro.cli._device import usable
    from mpo_repro.config import ConfigError
    from mpo_repro.study.opening import open_study
    from mpo_repro.training import guard, lock, together
    from mpo_repro.training.checkpoint import StaleCheckpointError
    from mpo_repro.training.plan import InterruptedRunError

    opened = open_study(study)
    specs = [opened.run(arm, task, seed) for arm, seed in map(_arm_and_seed, run)]
    plans = [_plan(opened, spec, usable(device), execution) for spec in specs]
    folders = [Path(spec.folder) for spec in specs]
    try:
        with _progress.line() as show:
            together.train_together(plans, folders, show)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError("--run", "", " ".join(run), str(error)) from None
    except (StaleCheckpointError, lock.LockedError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    except InterruptedRunError as error:
        typer.echo(f"{error}; the same command goes on", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except (guard.UnsoundRunError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"finished: {len(folders)} runs")


def _arm_and_seed(text: str) -> tuple[str, int]:
    from mpo_repro.config import ConfigError

    arm, _, seed = text.rpartition("/")
    if not (arm and seed.isdecimal()):
        raise ConfigError("--run", "", text, "ARM/SEED")
    return arm, int(seed)


def _plan(opened, spec, device: str, execution: str | None):
    from mpo_repro.config import ConfigError, Recipe
    from mpo_repro.training.plan import Plan
    from mpo_repro.training.refusals import check_execution

    if not isinstance(spec.recipe, Recipe):
        raise ConfigError("--run", "", f"{spec.arm}/{spec.seed}", "runs of MPO")
    look = opened.evaluation.interval, opened.evaluation.episodes
    path = execution or spec.execution
    named = ("--execution", "") if execution else (f"study {opened.name}", "execution")
    check_execution(spec.recipe, path, *named)
    where = spec.backend, path, device
    return Plan(spec.recipe, spec.task, spec.seed, spec.steps, *look, *where)
