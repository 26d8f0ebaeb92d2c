"""The shape of the JSON files in a study's data, as those who read them rely on it.

Files travel: a report may be of another version, or edited. What has another shape is
refused by name where results are loaded, so that nothing fails in the midst of a page.
Values beyond those named here are of no matter.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from mpo_repro.analysis.shape import Number, Shape, check
from mpo_repro.analysis.speed_shape import Speed

# A label and a value.
Row = Annotated[list[float | int | str], Field(min_length=2, max_length=2)]


class Arm(Shape):
    """An arm of study.json."""

    label: str
    recipe: str
    resolved: dict
    tasks: list[str] | None = None
    seeds: list[int] | None = None


class Evaluation(Shape):
    """How a study evaluates."""

    interval: int
    episodes: int


class Study(Shape):
    """study.json, from `collect`."""

    name: str
    title: str
    description: str
    tasks: list[str]
    seeds: list[int]
    steps: int
    evaluation: Evaluation
    arms: dict[str, Arm]
    task_steps: dict[str, int] = {}


class Refutation(Shape):
    """What must fail."""

    claim: str
    size: Number
    least: Number


class Series(Shape):
    """A line of a certificate's figure."""

    label: str
    x: list[Number]
    y: list[Number]


class Drawing(Shape):
    """A certificate's figure."""

    title: str
    x_label: str
    y_label: str
    x_log: bool
    y_log: bool
    series: list[Series]


class Certificate(Shape):
    """An element of certificates.json, from `derive`."""

    name: str
    place: str
    statement: str
    method: str
    verdict: str
    latex: str
    instances: int
    worst_error: Number
    tolerance: Number
    assumptions: list[str]
    steps: list[str]
    numbers: list[Row]
    refutations: list[Refutation]
    counterexample: str | None
    figure: Drawing | None
    errata: list[str]
    passed: bool


class Expected(Shape):
    """What was expected of a test before the runs."""

    effect: float
    sd: float
    reason: str


class Tested(Shape):
    """A test of a claim."""

    part: str
    study: str
    test: str
    measure: str
    settings: dict
    reason: str
    expected: Expected
    label: str
    outcome: str
    sentence: str
    null: Number
    effect: Number | None
    low: Number | None
    high: Number | None
    confidence: Number | None
    alpha: Number | None
    margin: Number | None
    p_claim: Number | None
    p_contrary: Number | None
    p_absent: Number | None
    power: Number | None
    interest: Number | None
    p_direction: Number | None = None  # this and below: not in older files
    joint_low: Number | None = None
    joint_high: Number | None = None
    members: int = 1
    found_sd: Number | None = None
    runs: list[int]
    missing: list[int]


class Registration(Shape):
    """When a claim was fixed."""

    sha256: str
    date: str | None
    state: str
    sound: bool
    superseded: list[dict] = []  # not in older files


class Claim(Shape):
    """A claim of verdicts.json."""

    id: str
    title: str
    words: str
    source: str
    outcome: str
    sentence: str
    rule: str | int
    refutes: bool
    family: str | None
    certificates: list[str]
    needs: list[str]
    decisive: int | None
    tests: list[Tested]
    missing: list[str]
    seeds: int | None
    expected_power: Number | None
    expected_power_error: Number | None
    registration: Registration
    caveats: list[str]
    parts: list[str] = []  # this and below: not in older files
    exploratory: str = ""
    found_power: Number | None = None
    despite: dict[str, str] = {}
    scope: str = ""


class Verdicts(Shape):
    """verdicts.json, from `claims check`."""

    studies: list[str]
    claims: list[Claim]


# By name: the shape, and what writes the file.
FILES: dict[str, tuple[Any, str]] = {
    "study.json": (Study, "mpo-repro collect"),
    "certificates.json": (list[Certificate], "mpo-repro derive --json"),
    "verdicts.json": (Verdicts, "mpo-repro claims check"),
    "speed.json": (Speed, "python benchmarks/measure.py"),
}


def check_file(path: Path, content: Any) -> None:
    """Refuses content that has not the shape of a file of this name.

    Raises:
      ValueError: see `shape.check`.
    """
    check(path, content, *FILES[path.name])
