"""One run of a study, and where its folder and markers are."""

from dataclasses import dataclass
from pathlib import Path

from mpo_repro.config.algorithms import AnyRecipe
from mpo_repro.config.backend import Backend
from mpo_repro.config.execution import ExecutionPath

RUNS = Path("results/runs")


@dataclass(frozen=True)
class RunSpec:
    """One run: what is learnt, where, and for how long.

    Attributes:
      arm: its name in the study.
      task: e.g. "cartpole-swingup".
      seed: at least 0.
      steps: budget, environment steps.
      recipe: the resolved settings.
      backend: what simulates the task.
      hash: of what determines the learning; see `recipe_hash`.
      execution: the path of MPO's updates that the study wants; None: the rule's.
    """

    arm: str
    task: str
    seed: int
    steps: int
    recipe: AnyRecipe
    backend: Backend
    hash: str
    execution: ExecutionPath | None = None

    @property
    def folder(self) -> Path:
        """The run's folder, relative to the project's root."""
        return RUNS / self.task / self.hash / f"seed-{self.seed}"

    @property
    def marker(self) -> Path:
        """The file that exists once the budget is reached."""
        return self.folder / marker_name(self.steps)


def marker_name(steps: int | str) -> str:
    """Returns the name, in a run's folder, of the marker of a budget."""
    return f"steps-{steps}.done.json"
