"""Claims: what was said, how it is measured, and what would decide it.

A claim is decided by runs (`parts`), by checks of derivations (`certificates`), or by
nothing there is (`not_testable`).
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from mpo_repro.config import files
from mpo_repro.config.claim_part import Line, Measure, Part
from mpo_repro.config.errors import ConfigError
from mpo_repro.config.section import Section
from mpo_repro.config.study import Name, Task
from mpo_repro.config.validation import validate

__all__ = ["Claim", "Measure", "Part", "load_claim", "load_claims"]

FOLDER = "claims"
LETTERS = "CDNJRA"  # the paper's claims, then those of others, then ours
Flaw = Literal["ceiling", "identical", "impossible", "power"]
# Beside the layout of the file and comments.
_NOTES: Any = {
    "extent": True,
    "despite": True,
    "parts": {"__all__": {"expected": {"source", "ceiling"}}},
}


class Certificates(Section):
    """Checks of the derivations that decide a claim without runs."""

    names: Annotated[tuple[Line, ...], Field(min_length=1)]
    outcome: Literal[
        "proved", "refuted by a counterexample", "holds under conditions"
    ] = Field(description="The verdict if all of them pass.")
    sentence: Line = Field(description="What they show, in plain words.")


class Extent(Section):
    """How far the source of a claim went, for the scale of what is tested here."""

    steps: PositiveInt | None = Field(None, description="Environment steps of a run.")
    tasks: PositiveInt | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if not (self.steps or self.tasks):
            raise ValueError("steps, tasks or both")
        return self


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
    extent: Extent | None = None
    despite: dict[Flaw, Line] = Field(
        default_factory=dict,
        description="Flaws of the design that are known, and why it stands all the "
        "same; without a reason, such a design is refused.",
    )

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
        """SHA-256 of the design: what decides nothing (see _NOTES) does not enter."""
        content = self.model_dump(mode="json", exclude_defaults=True, exclude=_NOTES)
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
