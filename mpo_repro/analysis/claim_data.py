"""From a study's evaluations to the numbers that a claim's test takes.

Scores are normalised: 0 and 1 are the returns that the claim's scale says.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mpo_repro.analysis import scores
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED
from mpo_repro.analysis.statistics import efficiency, stability, survival
from mpo_repro.analysis.statistics.missing import at_worst
from mpo_repro.config.claim import Measure

KIND = "sampled"
FRACTION = 0.3
FAILURES = ("fails", "drops", "never_reaches")  # scores that are shares of runs


@dataclass(frozen=True)
class Runs:
    """The planned runs of an arm on a task, with their learning curves.

    Attributes:
      arm, task: names.
      steps: where the study evaluates, [K], in environment steps.
      curves: normalised scores, [S, K]; NaN where a run has none.
      missing: what each run without a score lacks: "seed 3: no run folder".
      diverged: whether a run's numbers went wrong, [S]; it has no curve and the worst
        score.
      recipe: of the arm; empty where the results do not name it.
    """

    arm: str
    task: str
    steps: np.ndarray
    curves: np.ndarray
    missing: tuple[str, ...]
    diverged: np.ndarray
    recipe: str = ""

    @property
    def scored(self) -> int:
        """How many runs have a score."""
        return len(self.curves) - len(self.missing)


def runs_of(results: Results, arm: str, task: str, scale: tuple[float, float]) -> Runs:
    """Takes the runs of an arm on a task.

    Evaluations stand where the study plans them; those that another study added to a
    shared run are left, and a run that lacks a planned one counts as missing.

    Args:
      results: the study's results.
      arm, task: names.
      scale: the returns that become 0 and 1.

    Returns:
      The runs, one a planned seed in ascending order; none if none was planned.
    """
    every = results.study["evaluation"]["interval"]
    steps = np.arange(every, results.budget(task) + 1, every)
    rows = results.runs
    rows = rows[(rows["arm"] == arm) & (rows["task"] == task)].sort_values("seed")
    found = _evaluations(results, arm, task, every)
    found = found.reindex(index=rows["seed"], columns=steps)
    low, high = scale
    curves = (found.to_numpy(np.float64) - low) / (high - low)
    curves[rows["state"].to_numpy() != FINISHED] = np.nan
    gaps = np.isnan(curves).any(axis=1)
    curves[gaps] = np.nan
    diverged = results.diverged[rows.index].to_numpy()
    missing = tuple(
        f"seed {row.seed}: {_reason(row)}"
        for row, gap in zip(rows.itertuples(), gaps & ~diverged, strict=True)
        if gap
    )
    recipe = results.study["arms"].get(arm, {}).get("recipe", "")
    return Runs(arm, task, steps, curves, missing, diverged, recipe)


def _reason(row) -> str:
    unfinished = f"{row.state}, {row.reason}" if row.reason else row.state
    return "a planned evaluation is lacking" if row.state == FINISHED else unfinished


def _evaluations(results: Results, arm: str, task: str, every: int) -> pd.DataFrame:
    """Lays evaluations out: seeds x planned steps, in return."""
    curves = results.curves
    chosen = curves[(curves["arm"] == arm) & (curves["task"] == task)]
    table = scores.planned_scores(chosen, KIND, every)
    return table.pivot(index="seed", columns="environment_steps", values="score")


def values(runs: Runs, measure: Measure) -> np.ndarray:
    """Measures each run.

    Args:
      runs: of an arm on a task.
      measure: any but `steps_to`.

    Returns:
      [S]: normalised scores, or 1 and 0 for runs that failed and did not; NaN where
      missing.
    """
    worst = 1.0 if measure.score in FAILURES else 0.0
    return at_worst(_of_curves(runs, measure), runs.diverged, worst)


def _of_curves(runs: Runs, measure: Measure) -> np.ndarray:
    """Measures each run that has a curve."""
    steps, curves, least = runs.steps, runs.curves, measure.threshold
    fraction = measure.fraction or FRACTION
    if measure.score == "area":
        return efficiency.area_under_curve(steps, curves)
    if measure.score == "steadiness":
        return 1 - stability.worst_drop(curves)
    if measure.score == "drops":
        return stability.failed(-stability.worst_drop(curves), -least)
    if measure.score == "never_reaches":
        times, reached = step_times(runs, measure)
        return np.where(np.isnan(times), np.nan, ~reached)
    early = steps <= (measure.at or steps[-1])
    final = efficiency.final_performance(steps[early], curves[:, early], fraction)
    return stability.failed(final, least) if measure.score == "fails" else final


def able(runs: Runs, measure: Measure) -> np.ndarray:
    """Returns which runs can show the event that a measure counts, [S].

    With `able_only` those that reached the threshold, beside those that diverged and
    those that are missing; else all.
    """
    if not measure.able_only:
        return np.ones(len(runs.curves), bool)
    best = np.max(runs.curves, axis=1, initial=-np.inf)  # NaN where missing
    return ~(best < measure.threshold)


def step_times(runs: Runs, measure: Measure) -> survival.Times:
    """Finds when each run reached the threshold, and whether it did; [S] each."""
    times, reached = efficiency.steps_to_threshold(
        runs.steps, runs.curves, measure.threshold, measure.hold or 1
    )
    return at_worst(times, runs.diverged, runs.steps[-1]), reached
