"""What a study will take: jobs, core-hours, wall time, memory, disk."""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from mpo_repro.config import RunSpec, Study, algorithm
from mpo_repro.study.cohorts import cohorts, kind
from mpo_repro.study.cost import Calibration, Cost, Run, of_cohort, predict


class Forecast(NamedTuple):
    """A study on a number of cores of one machine.

    Attributes:
      runs: those that arms share counted once.
      jobs: each a run, or a cohort of them.
      unknown: of these, jobs of other algorithms than MPO: in none of the numbers.
      cores: how many jobs run at a time.
      core_hours: of all jobs.
      wall_hours: until the last has ended.
      longest_hours: of a single job.
      peak_memory: bytes, of all jobs at a time if the dearest coincide.
      job_memory: bytes, of the dearest job.
      disk: bytes, of all run folders.
    """

    runs: int
    jobs: int
    unknown: int
    cores: int
    core_hours: float
    wall_hours: float
    longest_hours: float
    peak_memory: float
    job_memory: float
    disk: float


def forecast(
    study: Study, machine: Calibration, cores: int, cohort: int = 1
) -> Forecast:
    """Predicts what training a study takes, from nothing.

    Args:
      study: the study.
      machine: a calibration, which should know the study's tasks.
      cores: how many jobs run at a time, each on one core.
      cohort: at most so many runs train in one job.
    """
    runs = distinct_runs(study)
    jobs = list(cohorts(runs, cohort).values())
    costs = _costs(study, jobs, machine)
    seconds = _seconds([job[0] for job in jobs], costs)
    memory = sorted((cost.memory for cost in costs if cost), reverse=True)
    return Forecast(
        runs=len(runs),
        jobs=len(jobs),
        unknown=costs.count(None),
        cores=cores,
        core_hours=sum(seconds) / 3600,
        wall_hours=schedule(seconds, cores) / 3600,
        longest_hours=max(seconds, default=0) / 3600,
        peak_memory=sum(memory[:cores]),
        job_memory=max(memory, default=0),
        disk=sum(cost.disk for cost in costs if cost),
    )


def distinct_runs(study: Study) -> list[RunSpec]:
    """Lists a study's runs, each once though several arms may share it."""
    return list({run.marker: run for run in study.runs()}.values())


def cost_of(study: Study, run: RunSpec, machine: Calibration) -> Cost | None:
    """Predicts the cost of one run of a study; None if it is not MPO's."""
    if algorithm(run.recipe) != "mpo":
        return None
    return predict(_described(study, run), machine)


def _costs(
    study: Study, jobs: list[tuple[RunSpec, ...]], machine: Calibration
) -> list[Cost | None]:
    """Predicts the cost of each job; None where it is not MPO's."""
    known: dict[tuple, Cost | None] = {}  # seeds cost the same
    found = []
    for job in jobs:
        key = job[0].task, job[0].hash, len(job)
        if key not in known:
            mine = algorithm(job[0].recipe) == "mpo"
            described = _described(study, job[0])
            known[key] = of_cohort(described, len(job), machine) if mine else None
        found.append(known[key])
    return found


def _described(study: Study, run: RunSpec) -> Run:
    backend = study.backend_of(run.task)
    look = study.evaluation, run.execution
    return Run(run.recipe, run.task, backend, run.steps, *look)


def schedule(seconds: Iterable[float], cores: int) -> float:
    """Ends when the last job ends, if each core takes the next job once it is free.

    Args:
      seconds: of the jobs, in the order in which they are started.
      cores: at least 1.
    """
    free = [0.0] * cores
    for job in seconds:
        heapq.heapreplace(free, free[0] + job)
    return max(free)


def _seconds(runs: list[RunSpec], costs: list[Cost | None]) -> list[float]:
    """Seconds of each run; the first of each shape fills the compiler's cache."""
    compiled, seconds = set(), []
    for run, cost in zip(runs, costs, strict=True):
        if cost is None:
            continue
        first = kind(run) not in compiled
        compiled.add(kind(run))
        seconds.append(cost.seconds + (cost.compile_seconds if first else 0.0))
    return seconds
