"""Claims: what was said, how it is measured, and what would decide it.

A claim is decided by runs (`parts`), by checks of derivations (`certificates`), or by
nothing there is (`not_testable`).
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from mpo_repro.config import files
from mpo_repro.config.budget import SEPARATOR
from mpo_repro.config.errors import ConfigError
from mpo_repro.config.section import Section
from mpo_repro.config.study import Name, Task
from mpo_repro.config.validation import validate

FOLDER = "claims"
LETTERS = "CDNJRA"  # the paper's claims, then those of others, then ours
Line = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
# Scores of a run -> the settings that each needs or may have besides.
_SETTINGS = {
    "final": {"fraction", "at"},
    "area": set(),
    "steadiness": set(),
    "steps_to": {"threshold", "hold"},
    "fails": {"threshold", "fraction"},
    "drops": {"threshold"},
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

    @model_validator(mode="after")
    def _nothing_ignored(self) -> Self:
        taken = _SETTINGS[self.score]
        for name in ("fraction", "at", "threshold", "hold"):
            if name not in taken and getattr(self, name) is not None:
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
    treatments: Annotated[tuple[Name, ...], Field(min_length=1)]
    reference: Name | None = None
    measure: Measure
    test: Criterion
    expected: Expected

    @property
    def base(self) -> str:
        """The study's name without its size."""
        return self.study.partition(SEPARATOR)[0]


class Certificates(Section):
    """Checks of the derivations that decide a claim without runs."""

    names: Annotated[tuple[Line, ...], Field(min_length=1)]
    outcome: Literal[
        "proved", "refuted by a counterexample", "holds under conditions"
    ] = Field(description="The verdict if all of them pass.")
    sentence: Line = Field(description="What they show, in plain words.")


class Claim(Section):
    """One claim of the paper, or of those who re-implemented it."""

    id: Annotated[str, Field(pattern=r"^[A-Z][1-9][0-9]?$")]
    title: Line
    words: Line = Field(description="The statement, in a paraphrase.")
    source: Line = Field(description="Where it stands.")
    parts: tuple[Part, ...] = ()
    rule: Literal["all", "most", "any"] | PositiveInt = Field(
        "all",
        description="How many of the tests must hold; a number: of one part's tasks.",
    )
    refutes: bool = Field(
        False,
        description="True: the runs are a counterexample, which refutes the claim if "
        "the tests hold.",
    )
    scales: dict[Task, tuple[float, float]] = Field(
        default_factory=dict,
        description="Returns that are 0 and 1; [0, 1000] if not given.",
    )
    scales_reason: Line | None = None
    family: Name | None = Field(None, description="Tests corrected together (Holm).")
    minimum_seeds: PositiveInt = Field(
        3, description="With fewer in an arm, no verdict; a test may need more."
    )
    certificates: Certificates | None = None
    not_testable: Line | None = Field(None, description="Why nothing can decide it.")
    caveats: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _is_decided_by_one_kind(self) -> Self:
        ways = (bool(self.parts), bool(self.certificates), bool(self.not_testable))
        if sum(ways) != 1:
            raise ValueError("parts, certificates or not_testable, one of the three")
        if self.parts and not self.family:
            raise ValueError("a family for tests on runs")
        listed = len(self.parts) == 1 and self.parts[0].tasks
        if isinstance(self.rule, int) and not listed:
            raise ValueError("a rule of all, most or any, but for one part with tasks")
        if self.scales and not self.scales_reason:
            raise ValueError("a scales_reason for scales")
        for low, high in self.scales.values():
            if not low < high:
                raise ValueError(f"scales that rise, not {low} to {high}")
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the content: the file's layout and comments do not enter."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def scale(self, task: str) -> tuple[float, float]:
        """Gives the returns that count as 0 and as 1 on a task."""
        return self.scales.get(task, (0.0, 1000.0))


def load_claim(name_or_path: str | Path) -> Claim:
    """Reads one claim.

    Args:
      name_or_path: an id such as C3, or a path.

    Raises:
      ConfigError: naming the file and key that is wrong.
    """
    given = name_or_path.lower() if isinstance(name_or_path, str) else name_or_path
    path = files.locate(given, FOLDER)
    claim = validate(Claim, files.read(path), path)
    if claim.id.lower() != path.stem:
        raise ConfigError(path, "id", claim.id, f"the file's name, {path.stem}")
    return claim


def load_claims() -> tuple[Claim, ...]:
    """Reads all claims: letters in the order of LETTERS, then any other; by number.

    Raises:
      ConfigError: if one of them is wrong.
    """
    paths = (files.configs() / FOLDER).glob("*.yaml")
    claims = [load_claim(path) for path in paths]
    return tuple(sorted(claims, key=_order))


def _order(claim: Claim) -> tuple[int, str, int]:
    letter = claim.id[0]
    return (LETTERS + letter).index(letter), letter, int(claim.id[1:])
