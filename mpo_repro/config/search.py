"""Searches by successive halving: what a study trains after its first rung."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveInt, model_validator

from mpo_repro.config import files
from mpo_repro.config.errors import ConfigError, nearest
from mpo_repro.config.section import Section

Seeds = Annotated[
    tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1)
]


class Rung(Section):
    """A later rung: fewer arms, longer and with more seeds."""

    steps: PositiveInt
    seeds: Seeds
    combine: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None = Field(
        None,
        description="Its arms: the base, and one for each number n, in which the n "
        "changes that gain most are made together.",
    )
    keep: PositiveInt | None = Field(
        None, description="Its arms: this many of the arms before it, the best."
    )

    @model_validator(mode="after")
    def _chooses_in_one_way(self) -> "Rung":
        if (self.combine is None) == (self.keep is None):
            raise ValueError("combine or keep, one of the two")
        return self


class Search(Section):
    """How arms are scored and which are trained on; see docs/search.md."""

    base: Annotated[str, Field(pattern=rf"^{files.NAME.pattern}$")] = Field(
        description="The arm of which each other arm is a change."
    )
    writes: Annotated[str, Field(pattern=rf"^{files.NAME.pattern}$")] = Field(
        description="The recipe that becomes the best arm of the last rung."
    )
    fraction: Annotated[float, Field(gt=0, le=1)] = Field(
        description="Last share of a run over which its score averages evaluations."
    )
    rungs: tuple[Rung, ...] = Field((), description="Those after this study, in order.")


def check(study: Any, path: Path) -> None:
    """Refuses a search that the study's arms and budget cannot make.

    Args:
      study: a `Study`.
      path: its file, for the error.

    Raises:
      ConfigError: naming the key that is wrong.
    """
    search = study.search
    if search is None:
        return
    if study.budgets:
        allowed = "none, in a study with rungs"
        raise ConfigError(path, "budgets", ", ".join(study.budgets), allowed)
    combines = [rung.combine is not None for rung in search.rungs]
    if combines != sorted(combines, reverse=True):
        index = combines.index(True, combines.index(False))
        allowed = "keep: after a rung that keeps the best, the base may be gone"
        raise ConfigError(path, f"search.rungs.{index}", "combine", allowed)
    if any(combines) and search.base not in study.arms:
        hint = nearest(search.base, study.arms)
        raise ConfigError(path, "search.base", search.base, hint)
    _check_arms(study, path)
    _check_budgets(study, path)


def _check_arms(study: Any, path: Path) -> None:
    """All arms are changes of the base, learnt on all tasks by all seeds."""
    base = study.arms.get(study.search.base)
    if base is not None and base.set:
        raise ConfigError(path, f"arms.{study.search.base}.set", base.set, "nothing")
    recipe = (base or next(iter(study.arms.values()))).recipe
    for name, arm in study.arms.items():
        if arm.recipe != recipe:
            key, allowed = f"arms.{name}.recipe", f"that of the base, {recipe}"
            raise ConfigError(path, key, arm.recipe, allowed)
        for part in ("tasks", "seeds"):
            if getattr(arm, part) is not None:
                given, allowed = getattr(arm, part), "all of the study's, in a search"
                raise ConfigError(path, f"arms.{name}.{part}", given, allowed)


def _check_budgets(study: Any, path: Path) -> None:
    """Budgets rise from rung to rung, so that runs are extended."""
    interval, before = study.evaluation.interval, study.steps
    for index, rung in enumerate(study.search.rungs):
        key = f"search.rungs.{index}.steps"
        if rung.steps % interval:
            allowed = f"a multiple of evaluation.interval, {interval}"
            raise ConfigError(path, key, rung.steps, allowed)
        if rung.steps < before:
            allowed = f"at least the rung's before it, {before}"
            raise ConfigError(path, key, rung.steps, allowed)
        before = rung.steps
    if study.task_steps:
        given, allowed = dict(study.task_steps), "none, in a study with rungs"
        raise ConfigError(path, "task_steps", given, allowed)
