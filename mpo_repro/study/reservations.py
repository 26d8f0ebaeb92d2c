"""What Snakemake reserves for a run: memory, and time where the machine is known."""

import math
from collections.abc import Callable

from mpo_repro.config import RunSpec, Study
from mpo_repro.study.cost import Calibration, Cost
from mpo_repro.study.plan import cost_of

MEMORY_MB = 1500  # where nothing has been measured
# Over what is predicted: a scheduler ends a job that takes more.
MEMORY_MARGIN, TIME_MARGIN = 1.25, 2.0
LEAST_MINUTES = 10


class Reservations:
    """The resources of the rule that trains.

    Without a calibration, and for algorithms that it does not know, memory is MEMORY_MB
    and time is not limited.
    """

    def __init__(self, study: Study, runs: list[RunSpec], machine: Calibration | None):
        """Notes the runs; what they cost is computed once it is asked for."""
        self._study, self._machine = study, machine
        self._runs = {(run.task, run.hash): run for run in runs}
        self._costs: dict[tuple[str, str], Cost | None] = {}

    def resources(self) -> dict[str, Callable]:
        """Returns Snakemake's resources by name, functions of a job's wildcards."""
        return {"mem_mb": self.mem_mb, "runtime": self.runtime}

    def mem_mb(self, wildcards) -> int:
        """Megabytes, a multiple of 100."""
        cost = self._cost(wildcards)
        if cost is None:
            return MEMORY_MB
        return 100 * math.ceil(MEMORY_MARGIN * cost.memory / 1e8)

    def runtime(self, wildcards) -> int | None:
        """Minutes; None, no limit, where the machine is not known."""
        cost = self._cost(wildcards)
        if cost is None:
            return None
        minutes = TIME_MARGIN * (cost.seconds + cost.compile_seconds) / 60
        return max(LEAST_MINUTES, math.ceil(minutes))

    def _cost(self, wildcards) -> Cost | None:
        key = wildcards.task, wildcards.hash
        if self._machine is None:
            return None
        if key not in self._costs:
            run = self._runs[key]
            self._costs[key] = cost_of(self._study, run, self._machine)
        return self._costs[key]
