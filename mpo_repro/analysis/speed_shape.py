"""The shape of speed.json; parts that an older file lacks are not shown."""

from pydantic import PositiveFloat

from mpo_repro.analysis.shape import Shape


class Machine(Shape):
    """On what was measured."""

    processor: str
    cores: int


class Rival(Shape):
    """An update, ours or another's."""

    label: str
    ours: bool
    limit: bool
    median_ms: float
    p10_ms: float
    p90_ms: float
    times_ours: float
    version: str | None = None


class Updates(Shape):
    """Updates of all rivals."""

    command: str
    rivals: dict[str, Rival]


class Stepped(Shape):
    """A step of a task's environments."""

    median_ms: float
    limit_ms: PositiveFloat
    plain_median_ms: float


class Environments(Shape):
    """Steps of several tasks."""

    command: str
    environments: int
    tasks: dict[str, Stepped]


class Run(Shape):
    """A whole run, and what its time was spent on."""

    command: str
    task: str
    steps: int
    updates: int
    seconds: PositiveFloat
    learning_seconds: float
    acting_seconds: float
    evaluating_seconds: float
    saving_seconds: float
    limit_seconds: float


class Scaling(Shape):
    """Processes beside each other."""

    command: str
    processes: int
    alone_ms: float
    together_ms: float
    loss: float


class Cohort(Shape):
    """An update of several runs that are one computation."""

    median_ms: float
    per_run_ms: float
    updates_per_second: float


class Cohorts(Shape):
    """Cohorts on a device; none where it was not there."""

    command: str
    device: str
    cohorts: dict[str, Cohort] = {}


class DryRun(Shape):
    """Snakemake's look at a study."""

    command: str
    runs: int
    seconds: float


class Planned(Shape):
    """A plan beside what the study took."""

    command: str
    study: str
    runs: int
    cores: int
    planned_seconds: float
    trained_seconds: float
    ratio: float
    seconds: float


class Speed(Shape):
    """speed.json, from benchmarks/measure.py."""

    machine: Machine
    versions: dict[str, str]
    updates: Updates
    environments: Environments = None
    run: Run = None
    scaling: Scaling = None
    cohorts: list[Cohorts] = []
    workflow: list[DryRun] = []
    plan: Planned = None
