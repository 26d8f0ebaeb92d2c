"""What Snakemake has to know of a study: which files, and who makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mpo_repro.config import Study
from mpo_repro.config.budget import split
from mpo_repro.config.files import locate
from mpo_repro.study import calibration
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
    """

    study: Study
    file: Path
    folder: str
    markers: tuple[str, ...]
    arms: Mapping[tuple[str, str, int], str]
    reservations: Reservations

    def arm(self, wildcards) -> str:
        """Names the arm with which a job trains.

        Args:
          wildcards: the job's, with the attributes `task`, `hash` and `seed`.

        Raises:
          KeyError: if the study has no such run.
        """
        return self.arms[wildcards.task, wildcards.hash, int(wildcards.seed)]


def plan_jobs(name: str) -> Jobs:
    """Reads a study and lists its jobs.

    Args:
      name: a name in paper_configs/studies.

    Raises:
      ConfigError: if the study is wrong or there is none of this name.
    """
    study = open_study(name)
    arms: dict[tuple[str, str, int], str] = {}
    markers: dict[str, None] = {}
    runs = study.runs()
    for run in runs:
        arms.setdefault((run.task, run.hash, run.seed), run.arm)
        markers[run.marker.as_posix()] = None
    folder, file = f"results/{study.name}", locate(split(name)[0], "studies")
    reservations = Reservations(study, runs, calibration.load())
    return Jobs(study, file, folder, tuple(markers), arms, reservations)
