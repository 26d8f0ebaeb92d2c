"""A part of a claim: what is compared, how it is measured, tested and expected."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from mpo_repro.config import files
from mpo_repro.config.budget import SEPARATOR
from mpo_repro.config.section import Section
from mpo_repro.config.study import Name, Task

Line = Annotated[str, Field(min_length=1)]
PUBLISHED = "published"  # a reference that is no arm of a study
Share = Annotated[float, Field(gt=0, lt=1)]
SOURCE = rf"^(published|pilot {files.NAME.pattern}|guess)$"
# Scores of a run -> the settings that each needs or may have besides.
_SETTINGS = {
    "final": {"fraction", "at"},
    "area": set(),
    "steadiness": set(),
    "steps_to": {"threshold", "hold"},
    "fails": {"threshold", "fraction"},
    "drops": {"threshold", "able_only"},
    "never_reaches": {"threshold", "hold"},
}


class Measure(Section):
    """From a run's evaluations to one number, in units of normalised return."""

    score: Literal[
        "final", "area", "steadiness", "steps_to", "fails", "drops", "never_reaches"
    ] = Field(
        description="final: mean of the last part; area: mean of the whole curve; "
        "steadiness: 1 minus the worst drop from the best so far; steps_to: steps to "
        "a threshold; fails: final below it; drops: worst drop above it; "
        "never_reaches: it is never reached."
    )
    fraction: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Last part of training that is `final`; 0.3 if not given."
    )
    at: PositiveInt | None = Field(
        None, description="Step that counts as the end of training; null: the budget."
    )
    threshold: Share | None = Field(None, description="In normalised return.")
    hold: PositiveInt | None = Field(
        None, description="Evaluations in a row that must reach it; 1 if not given."
    )

    able_only: bool = Field(
        False,
        description="Only runs that reached the threshold: no others can fall by it.",
    )

    @model_validator(mode="after")
    def _nothing_ignored(self) -> Self:
        taken = _SETTINGS[self.score]
        for name in ("fraction", "at", "threshold", "hold", "able_only"):
            if name not in taken and getattr(self, name) not in (None, False):
                raise ValueError(f"no {name} with the score {self.score}")
        if "threshold" in taken and self.threshold is None:
            raise ValueError(f"a threshold with the score {self.score}")
        return self


class Criterion(Section):
    """A test of the registry, with what was fixed before the runs."""

    name: Line = Field(description="As mpo_repro.analysis.statistics.registry has it.")
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    margin: PositiveFloat | None = Field(
        None, description="Smallest difference that counts, in the measure's unit."
    )
    share: Share | None = Field(
        None, description="Widens the margin by this share of the published mean."
    )
    looks: Annotated[tuple[PositiveInt, ...], Field(min_length=2)] | None = Field(
        None,
        description="Runs an arm, in the order of seeds, with which the test is made: "
        "again with more, each time with an equal part of alpha. Null: once, with all.",
    )
    reason: Line = Field(description="Why this margin, or why there is none.")
    aggregate: Literal["mean", "median", "iqm", "optimality_gap"] | None = Field(
        None, description="Over tasks, of the tests on a suite."
    )

    @model_validator(mode="after")
    def _looks_rise(self) -> Self:
        if self.looks and list(self.looks) != sorted(set(self.looks)):
            raise ValueError(f"looks that rise, not {list(self.looks)}")
        return self


class Expected(Section):
    """What the power before the runs is computed from."""

    effect: float = Field(description="If the claim is true, in the effect's unit.")
    sd: Annotated[float, Field(ge=0)] = Field(
        0.0, description="Of a run, in the measure's unit (steps_to: of its mean)."
    )
    source: Annotated[str, Field(pattern=SOURCE)] | None = Field(
        None,
        description="Of the SD: `published` (runs of others), `pilot STUDY` (runs of "
        "ours), or `guess`.",
    )
    ceiling: float | None = Field(
        None,
        description="Largest effect that the runs could show, such as 1 minus the "
        "reference's score in a pilot. Null: that of the scale.",
    )
    reason: Line


class Part(Section):
    """One comparison: of each treatment with the reference, on each task."""

    name: Line
    study: Annotated[
        str, Field(pattern=rf"^{files.NAME.pattern}(:{files.NAME.pattern})?$")
    ]
    tasks: Annotated[tuple[Task, ...], Field(min_length=1)] | None = Field(
        None, description="Null: all that the study has in its size."
    )
    per_task: bool = Field(
        False, description="A test a task, of a test that takes all tasks together."
    )
    treatments: Annotated[tuple[Name, ...], Field(min_length=1)]
    reference: Name | None = Field(
        None,
        description="An arm; or `published`, the published runs of MPO at the step of "
        "the measure, which makes the claim exploratory.",
    )
    measure: Measure
    test: Criterion
    expected: Expected

    @property
    def base(self) -> str:
        """The study's name without its size."""
        return self.study.partition(SEPARATOR)[0]
