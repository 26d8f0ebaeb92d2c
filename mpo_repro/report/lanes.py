"""Where the rows of a figure lie that has one per task and arm."""

from collections.abc import Sequence
from dataclasses import dataclass

from mpo_repro.analysis.results import Results
from mpo_repro.report import style


@dataclass(frozen=True)
class Lanes:
    """Heights in rows, counted downwards; a blank row separates tasks.

    Attributes:
      arms: task -> arm -> the height of its row, for arms with finished runs.
      count: rows in all, the blank ones included.
      labels: what rows are called, by arm; empty where looks tell all arms apart, and a
        legend is enough.
    """

    arms: dict[str, dict[str, int]]
    count: int
    labels: dict[str, str]

    def span(self, task: str) -> tuple[float, float]:
        """Gives the upper and lower edge of a task's rows."""
        heights = self.arms[task].values()
        return min(heights) - 0.5, max(heights) + 0.5

    def label(self, axis, names: dict[str, str]) -> None:
        """Writes each task's name beside the middle of its rows.

        Where rows have names of their own, the task's stands in the blank row above,
        in bold.

        Args:
          axis: the panel.
          names: task -> what to write.
        """
        ticks: dict[float, str] = {}
        heads = set()
        for task, arms in self.arms.items():
            if self.labels:
                heads.add(min(arms.values()) - 1)
                ticks[min(arms.values()) - 1] = names[task].replace("\n", ", ")
                ticks |= {place: self.labels[arm] for arm, place in arms.items()}
            else:
                ticks[sum(self.span(task)) / 2] = names[task]
        axis.set_yticks(list(ticks), list(ticks.values()))
        for place, tick in zip(ticks, axis.yaxis.get_major_ticks(), strict=True):
            if place in heads:
                tick.label1.set_weight("bold")
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
    labels = results.labels if len(results.arms) > len(style.MARKERS) else {}
    count = 1 if labels else 0
    for task in results.tasks if tasks is None else tasks:
        arms = results.arms_on(task)
        heights[task] = {arm: count + index for index, arm in enumerate(arms)}
        count += len(arms) + 1
    return Lanes(heights, count, labels)
