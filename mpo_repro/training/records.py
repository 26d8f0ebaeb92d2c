"""What a run has to tell so far: the rows of its tables, in the order they came."""

from collections import deque
from typing import NamedTuple

import numpy as np
from torch import Tensor

from mpo_repro.training import run_folder

RECENT_EPISODES = 8  # what the live line's return is the mean of


class Counters(NamedTuple):
    """Where a run stands."""

    environment_steps: int
    learner_updates: int


class Records:
    """Rows of curve, diagnostics and timing.

    Attributes:
      rows: by name of the table, tuples in the order of its columns.
    """

    def __init__(self, rows: dict[str, list] | None = None):
        """Starts empty, or from the rows of a checkpoint.

        Args:
          rows: as the attribute; lists in place of tuples will do.
        """
        rows = rows or {}
        self.rows = {
            name: [tuple(row) for row in rows.get(name, [])]
            for name in run_folder.TABLES
        }
        behaviour = [row[4] for row in self.rows["curve"] if row[2] == "behaviour"]
        self._episodes = len(behaviour)
        self._recent = deque(behaviour, RECENT_EPISODES)

    def note_behaviour(self, at: Counters, episode_return: float) -> None:
        """Adds an episode of training; the run counts them from 0."""
        row = (*at, "behaviour", self._episodes, float(episode_return))
        self.rows["curve"].append(row)
        self._recent.append(float(episode_return))
        self._episodes += 1

    def note_evaluation(
        self,
        at: Counters,
        returns: dict[str, np.ndarray],
        diagnostics: dict[str, Tensor],
    ) -> None:
        """Adds an evaluation and the diagnostics of the last update before it.

        Args:
          at: where the run stands.
          returns: episode returns by kind, each [episodes].
          diagnostics: values by name, each [1]; empty before the first update.
        """
        for kind, values in returns.items():
            for episode, value in enumerate(values):
                self.rows["curve"].append((*at, kind, episode, float(value)))
        for name, value in diagnostics.items():
            self.rows["diagnostics"].append((*at, name, float(value[0])))

    def note_time(self, at: Counters, seconds: float) -> None:
        """Adds the wall time so far in seconds; if trained with others, the share."""
        speeds = at.learner_updates / seconds, at.environment_steps / seconds
        self.rows["timing"].append((*at, seconds, *speeds))

    def recent_return(self) -> float | None:
        """Returns the mean of the last episodes of training.

        Before the first has ended: of the last evaluation with the mean action; None
        before that.
        """
        known = self._recent or self._evaluated()
        return sum(known) / len(known) if known else None

    def _evaluated(self) -> list[float]:
        """Returns the returns of the last evaluation with the mean action."""
        rows = [row for row in self.rows["curve"] if row[2] == "mean"]
        return [row[4] for row in rows if row[0] == rows[-1][0]]
