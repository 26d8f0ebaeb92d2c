"""Where the rows of a figure lie that has one per task and arm."""

from collections.abc import Sequence
from dataclasses import dataclass

from mpo_repro.analysis.results import Results


@dataclass(frozen=True)
class Lanes:
    """Heights in rows, counted downwards; a blank row separates tasks.

    Attributes:
      arms: task -> arm -> the height of its row, for arms with finished runs.
      count: rows in all, the blank ones included.
    """

    arms: dict[str, dict[str, int]]
    count: int

    def span(self, task: str) -> tuple[float, float]:
        """Gives the upper and lower edge of a task's rows."""
        heights = self.arms[task].values()
        return min(heights) - 0.5, max(heights) + 0.5

    def label(self, axis, names: dict[str, str]) -> None:
        """Writes each task's name beside the middle of its rows.

        Args:
          axis: the panel.
          names: task -> what to write.
        """
        centres = [sum(self.span(task)) / 2 for task in self.arms]
        axis.set_yticks(centres, [names[task] for task in self.arms])
        axis.tick_params(axis="y", length=0)
        axis.set_ylim(self.count - 0.8, -0.8)


def lanes(results: Results, tasks: Sequence[str] | None = None) -> Lanes:
    """Lays out a row for each arm that has finished runs of a task.

    Args:
      results: the study's results.
      tasks: those of one panel, in the study's order; all if None.

    Returns:
      The rows, in the study's order of tasks and arms.
    """
    heights: dict[str, dict[str, int]] = {}
    count = 0
    for task in results.tasks if tasks is None else tasks:
        arms = results.arms_on(task)
        heights[task] = {arm: count + index for index, arm in enumerate(arms)}
        count += len(arms) + 1
    return Lanes(heights, count)
