"""Which runs of a study train together in one process.

Only who trains with whom is decided here. Run folders, tables and figures do not show
it, and a study begun in cohorts may go on without them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from mpo_repro.config.numbers import shape
from mpo_repro.config.recipe import Recipe
from mpo_repro.config.run_spec import RunSpec

FOLDER = Path("results/cohorts")


def cohorts(runs: Iterable[RunSpec], size: int) -> dict[str, tuple[RunSpec, ...]]:
    """Groups runs of one task, budget and shape of computation.

    Args:
      runs: those of a study; a folder that comes twice counts once.
      size: at most this many go together.

    Returns:
      Name of a cohort, 12 hexadecimal digits -> its runs, one or more.
    """
    groups: dict[str, dict[Path, RunSpec]] = {}
    for run in runs:
        groups.setdefault(kind(run), {}).setdefault(run.marker, run)
    parts = []
    for group in groups.values():
        members = tuple(group.values())
        alone = not isinstance(members[0].recipe, Recipe)
        step = 1 if alone else size
        parts += [members[at : at + step] for at in range(0, len(members), step)]
    return {_name(part): part for part in parts}


def marker(name: str) -> str:
    """The file that exists once all runs of a cohort have reached their budget."""
    return (FOLDER / f"{name}.done").as_posix()


def command(
    study: str, runs: tuple[RunSpec, ...], device: str, execution: str | None = None
) -> str:
    """The command line that trains a cohort.

    Args:
      study: its name.
      runs: the cohort's.
      device: where they learn.
      execution: the path in place of the study's; None: the study's.
    """
    chosen = " ".join(f"--run {run.arm}/{run.seed}" for run in runs)
    return (
        f"mpo-repro cohort --study {study} --task {runs[0].task} {chosen}"
        f" --device {device}{option(runs[0], execution)}"
    )


def option(run: RunSpec, execution: str | None) -> str:
    """What a command line gets for a path in place of the study's; only MPO has one."""
    if execution is None or not isinstance(run.recipe, Recipe):
        return ""
    return f" --execution {execution}"


def kind(run: RunSpec) -> str:
    """Says what runs have in common that can train together, and are compiled once."""
    recipe: Mapping | str = run.hash
    if isinstance(run.recipe, Recipe):
        recipe = shape([run.recipe]).model_dump(mode="json")
    how = run.steps, run.backend, run.execution
    return json.dumps([run.task, *how, recipe], sort_keys=True)


def _name(runs: tuple[RunSpec, ...]) -> str:
    text = "\n".join(run.marker.as_posix() for run in runs)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
