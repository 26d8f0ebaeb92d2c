"""One training run: the cohort of one that the workflow trains in each process."""

from pathlib import Path

from mpo_repro.training.cohort import Cohort
from mpo_repro.training.plan import InterruptedRunError, Plan, Progress
from mpo_repro.training.records import Records

__all__ = ["InterruptedRunError", "Plan", "Progress", "Run"]


class Run(Cohort):
    """A run in progress.

    Attributes:
      folder: where it is.
      hash: of what determines the learning.
    """

    def __init__(self, plan: Plan, folder: Path):
        """Starts a run, or takes it up where its checkpoint left it.

        Raises:
          StaleCheckpointError: if the folder's checkpoint belongs to another run.
        """
        super().__init__([plan], [folder])
        self.folder, self.hash = folder, self.members[0].hash

    @property
    def records(self) -> Records:
        """What the tables of the run folder hold so far."""
        return self.members[0].records
