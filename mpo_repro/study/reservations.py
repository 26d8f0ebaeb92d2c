"""What Snakemake reserves for a run: memory, and time where the machine is known."""

import math
from collections.abc import Callable
from functools import cached_property

from mpo_repro.config import RunSpec, Study
from mpo_repro.study.cost import Calibration, Cost
from mpo_repro.study.plan import cost_of

MEMORY_MB = 1500  # where nothing has been measured
# Over what is predicted: a scheduler ends a job that takes more.
MEMORY_MARGIN, TIME_MARGIN = 1.25, 2.0
LEAST_MINUTES = 10


class Reservations:
    """The resources of the rule that trains: for all runs what the largest needs.

    All tasks of a scheduler's job array have one reservation. Without a calibration,
    and where a run's algorithm is none that it knows, memory is MEMORY_MB and time is
    not limited.
    """

    def __init__(self, study: Study, runs: list[RunSpec], machine: Calibration | None):
        """Notes the runs; what they cost is computed once it is asked for."""
        self._study, self._machine = study, machine
        self._runs = {(run.task, run.hash): run for run in runs}

    def resources(self) -> dict[str, Callable]:
        """Returns Snakemake's resources by name, functions of a job's wildcards."""
        return {"mem_mb": self.mem_mb, "runtime": self.runtime}

    def mem_mb(self, wildcards, attempt: int = 1) -> int:
        """Megabytes, a multiple of 100; as many again for each attempt that failed."""
        known = [cost.memory for cost in self._costs if cost is not None]
        needed = [100 * math.ceil(MEMORY_MARGIN * memory / 1e8) for memory in known]
        if len(known) < len(self._costs) or not known:
            needed.append(MEMORY_MB)
        return attempt * max(needed)

    def runtime(self, wildcards) -> int | None:
        """Minutes of an attempt; None, no limit, where the machine is not known.

        A run that ran out of time goes on in its next attempt, and has as much again.
        """
        seconds = [cost and cost.seconds + cost.compile_seconds for cost in self._costs]
        if not seconds or None in seconds:
            return None
        return max(LEAST_MINUTES, math.ceil(TIME_MARGIN * max(seconds) / 60))

    @cached_property
    def _costs(self) -> list[Cost | None]:
        """Of each recipe on each task; none where the machine was not measured."""
        if self._machine is None:
            return []
        return [cost_of(self._study, run, self._machine) for run in self._runs.values()]
