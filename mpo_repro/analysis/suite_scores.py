"""A study's arms on its tasks of the control suite together.

Only arms with a score on each of these tasks can be held against each other; a task's
returns lie between 0 and 1,000, so that tasks need no other common scale.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mpo_repro.analysis import claim_data
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED
from mpo_repro.analysis.scores import score_matrix
from mpo_repro.analysis.statistics import bootstrap, efficiency, stability, survival
from mpo_repro.analysis.statistics.aggregates import AGGREGATES, HIGHEST_RETURN
from mpo_repro.analysis.statistics.missing import at_worst
from mpo_repro.analysis.statistics.profiles import (
    improvement_probability,
    performance_profile,
)

KIND = "sampled"
IMPROVEMENT = "improvement"
# Returns whose first crossing is looked at, and at which profiles are drawn.
HALF = HIGHEST_RETURN / 2
THRESHOLDS = np.linspace(0, HIGHEST_RETURN, 101)
CONFIDENCE = 0.95
# Gymnasium's names and those of Atari's games end so; their returns have other scales.
_VERSION = re.compile(r"-v\d+$")


@dataclass(frozen=True)
class Suite:
    """Final scores of arms on the same tasks.

    Attributes:
      tasks: of the control suite, those on which the study's first arm has a score.
      arms: arm -> scores [S, T], in return; NaN where a planned run gave none, 0 where
        it diverged. The first one is what others are compared with.
      partial: arms that lack a score on some of these tasks, and are not in `arms`.
    """

    tasks: tuple[str, ...]
    arms: dict[str, np.ndarray]
    partial: tuple[str, ...]


def suite(results: Results) -> Suite | None:
    """Gathers the scores of each arm's runs at the end of their budgets.

    Args:
      results: the study's results.

    Returns:
      The arms in the study's order; None with fewer than two tasks.
    """
    scores = _scores(results)
    if not results.arms:
        return None
    first = scores[(scores["arm"] == results.arms[0]) & scores["score"].notna()]
    present = [task for task in results.tasks if task in set(first["task"])]
    tasks = tuple(task for task in present if not _VERSION.search(task))
    if len(tasks) < 2:
        return None
    arms, partial = {}, []
    for arm in results.arms:
        own = scores[(scores["arm"] == arm) & scores["task"].isin(tasks)]
        if set(own.loc[own["score"].notna(), "task"]) == set(tasks):
            arms[arm] = score_matrix(own, arm)[list(tasks)].to_numpy()
        else:
            partial.append(arm)
    return Suite(tasks, arms, tuple(partial))


def _scores(results: Results) -> pd.DataFrame:
    """Gives task, arm, seed and score of every planned run."""
    keys = ["task", "arm", "seed"]
    found = results.final_scores(KIND)[[*keys, "score"]]
    table = results.runs[[*keys, "state"]].merge(found, on=keys, how="left")
    finished = table["score"].where(table["state"] == FINISHED)
    return table.assign(score=at_worst(finished, results.diverged, 0.0))


def aggregates(suite: Suite) -> pd.DataFrame:
    """Estimates the aggregates of each arm.

    Args:
      suite: from `suite`.

    Returns:
      arm, name (a key of AGGREGATES, or IMPROVEMENT: the probability that a run beats
      one of the first arm, of all other arms), effect, low, high: 95 % intervals by
      stratified bootstrap, infinite where runs are too few for any (one or two a task).
    """
    rows, first = [], next(iter(suite.arms))
    for arm, scores in suite.arms.items():
        found = dict(bootstrap.estimate(scores, AGGREGATES))
        if arm != first:
            found[IMPROVEMENT] = improvement_probability(scores, suite.arms[first])
        rows += [
            (arm, name, one.effect, *one.interval(CONFIDENCE))
            for name, one in found.items()
        ]
    return pd.DataFrame(rows, columns=["arm", "name", "effect", "low", "high"])


def profiles(suite: Suite) -> dict[str, pd.DataFrame]:
    """Computes each arm's performance profile over THRESHOLDS, with its band."""
    return {
        arm: performance_profile(scores, THRESHOLDS, confidence=CONFIDENCE)
        for arm, scores in suite.arms.items()
    }


def spreads(suite: Suite) -> dict[str, float]:
    """Averages over tasks how far an arm's seeds lie apart.

    Returns:
      arm -> mean over tasks of the standard deviation over seeds, in return; NaN where
      a task has a single run.
    """
    return {
        arm: float(np.mean([stability.dispersion(task)["sd"] for task in scores.T]))
        for arm, scores in suite.arms.items()
    }


def waiting(results: Results, suite: Suite) -> dict[str, pd.DataFrame]:
    """Estimates what share of an arm's runs has not had a return of HALF yet.

    Args:
      results: the study's results.
      suite: from `suite`.

    Returns:
      arm -> Kaplan-Meier curve over the runs of all tasks; a run leaves it unanswered
      at the end of its budget. See `survival.kaplan_meier`.
    """
    found = {}
    for arm in suite.arms:
        scale = (0.0, HIGHEST_RETURN)
        groups = [claim_data.runs_of(results, arm, task, scale) for task in suite.tasks]
        pairs = [_times(runs) for runs in groups]
        times, reached = (np.concatenate(side) for side in zip(*pairs, strict=True))
        found[arm] = survival.kaplan_meier(times, reached)
    return found


def _times(runs: claim_data.Runs) -> survival.Times:
    times, reached = efficiency.steps_to_threshold(
        runs.steps, runs.curves, HALF / HIGHEST_RETURN
    )
    return at_worst(times, runs.diverged, runs.steps[-1]), reached
