"""Other sizes of a study: `NAME:BUDGET` in place of `NAME`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveInt

from mpo_repro.config.execution import ExecutionPath
from mpo_repro.config.section import Section

SEPARATOR = ":"


class Evaluation(Section):
    """How often and how long a policy is evaluated."""

    interval: PositiveInt = Field(description="Environment steps between two.")
    episodes: PositiveInt = Field(description="Episodes with the mean action.")


class Budget(Section):
    """What replaces a study's own size; null: as there."""

    tasks: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    seeds: Annotated[tuple[int, ...], Field(min_length=1)] | None = None
    steps: PositiveInt | None = None
    task_steps: dict[str, PositiveInt] | None = None
    evaluation: Evaluation | None = None
    execution: ExecutionPath | None = None
    arms: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None, description="Those of the study's arms that there are; null: all."
    )
    arm_tasks: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(
        default_factory=dict, description="Arm: the tasks that it alone runs."
    )


def split(name_or_path: str | Path) -> tuple[str | Path, str | None]:
    """Splits `NAME:BUDGET`; the budget is None where there is none, as in a `Path`."""
    if isinstance(name_or_path, Path):
        return name_or_path, None
    base, found, budget = name_or_path.partition(SEPARATOR)
    return base, budget if found else None


def resized(study: Mapping[str, Any], budget: str) -> dict[str, Any]:
    """Returns what a study's file says, in another size and under that size's name.

    Args:
      study: the file's content; it has this budget.
      budget: a key of its `budgets`.
    """
    name = f"{study['name']}-{budget}"
    return changed(study, study["budgets"][budget]) | {"name": name, "budgets": {}}


def changed(study: Mapping[str, Any], size: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a study's file says with what a `Budget` says in its place.

    Args:
      study: the file's content; it has the arms that the budget chooses.
      size: the budget's content.
    """
    narrowed = size.get("arm_tasks") or {}
    said = {k: v for k, v in size.items() if v is not None and k != "arm_tasks"}
    chosen = size.get("arms") or study["arms"]
    arms = {
        name: {**arm, "tasks": narrowed[name]} if name in narrowed else arm
        for name, arm in study["arms"].items()
        if name in chosen
    }
    return {**study, **said, "arms": arms}
