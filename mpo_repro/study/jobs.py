"""What Snakemake has to know of a study: which files, and who makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mpo_repro.config import ConfigError, RunSpec, Study
from mpo_repro.config.budget import split
from mpo_repro.config.files import locate
from mpo_repro.study import calibration, cohorts
from mpo_repro.study.opening import open_study
from mpo_repro.study.reservations import Reservations


@dataclass(frozen=True)
class Jobs:
    """The jobs of a study.

    Attributes:
      study: the study.
      file: its YAML file.
      folder: where its tables, figures and report go.
      markers: one a run, without repetition; arms that learn the same share theirs.
      arms: (task, hash, seed) -> the first arm that has this run.
      reservations: what a run is expected to need, if this machine is calibrated.
      cohorts: name -> runs that train in one process; empty where each has its own.
    """

    study: Study
    file: Path
    folder: str
    markers: tuple[str, ...]
    arms: Mapping[tuple[str, str, int], str]
    reservations: Reservations
    cohorts: Mapping[str, tuple[RunSpec, ...]]

    @property
    def trained(self) -> list[str]:
        """Lists the files that say that all runs are trained."""
        if self.cohorts:
            return [cohorts.marker(name) for name in self.cohorts]
        return list(self.markers)

    def cohort_command(
        self, study: str, name: str, device: str, execution: str | None
    ) -> str:
        """Gives the command that trains a cohort; see `cohorts.command`."""
        return cohorts.command(study, self.cohorts[name], device, execution)

    def cohort_memory(self, wildcards) -> int:
        """Megabytes for a cohort's job: what each run would have on its own."""
        return sum(
            self.reservations.mem_mb(run) for run in self.cohorts[wildcards.cohort]
        )

    def arm(self, wildcards) -> str:
        """Names the arm with which a job trains.

        Args:
          wildcards: the job's, with the attributes `task`, `hash` and `seed`.

        Raises:
          KeyError: if the study has no such run.
        """
        return self.arms[wildcards.task, wildcards.hash, int(wildcards.seed)]

    def execution(self, wildcards, path: str | None) -> str:
        """Gives the option with which a job takes a path in place of the study's.

        Args:
          wildcards: as for `arm`.
          path: the path; None: the study's.
        """
        arm = self.arm(wildcards)
        run = self.study.run(arm, wildcards.task, int(wildcards.seed))
        return cohorts.option(run, path)


def plan_jobs(name: str, cohort: int = 1) -> Jobs:
    """Reads a study and lists its jobs.

    Args:
      name: a name in paper_configs/studies.
      cohort: how many runs train in one process, at most.

    Raises:
      ConfigError: if the study is wrong or there is none of this name, or an arm has
        several workers, which torchrun starts.
    """
    study = open_study(name)
    arms: dict[tuple[str, str, int], str] = {}
    markers: dict[str, None] = {}
    runs = study.runs()
    _check_workers(study)
    for run in runs:
        arms.setdefault((run.task, run.hash, run.seed), run.arm)
        markers[run.marker.as_posix()] = None
    folder, file = f"results/{study.name}", locate(split(name)[0], "studies")
    reservations = Reservations(study, runs, calibration.load())
    groups = cohorts.cohorts(runs, cohort) if cohort > 1 else {}
    return Jobs(study, file, folder, tuple(markers), arms, reservations, groups)


def _check_workers(study: Study) -> None:
    for name in study.arms:
        workers = getattr(getattr(study.recipe(name), "data", None), "workers", 1)
        if workers > 1:
            file = f"study {study.name}"
            raise ConfigError(
                file, f"arms.{name}", f"data.workers {workers}", "1, in a workflow"
            )
