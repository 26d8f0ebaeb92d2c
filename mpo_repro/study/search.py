"""The rungs of a search: scores of its arms, and what is trained after it.

Source of the idea: successive halving (Jamieson and Talwalkar 2016, "Non-stochastic
best arm identification and hyperparameter optimization").
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from mpo_repro.analysis import published
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED
from mpo_repro.analysis.scores import planned_scores
from mpo_repro.config import Arm, ConfigError, Study

RANGE = 1000.0  # returns of the control suite lie between 0 and this


class Score(NamedTuple):
    """The score of an arm.

    Attributes:
      arm: its name.
      mean: over tasks, a share of the range of returns.
      tasks: task -> mean over seeds.
    """

    arm: str
    mean: float
    tasks: Mapping[str, float]


def ranking(study: Study, results: Results) -> list[Score]:
    """Computes the scores of all arms.

    A run's score is the mean return of its evaluations with sampled actions in the
    last `search.fraction` of its steps, as a share of 1000. A run that diverged has 0.

    Args:
      study: a rung of a search.
      results: its collected tables.

    Returns:
      The best arm first; of equal ones, the first in the study's file.

    Raises:
      ConfigError: if a planned run is neither finished nor diverged, or its tables are
        those of other settings.
    """
    table = _run_scores(study, results)
    means = table.groupby(["arm", "task"])["score"].mean()
    found = []
    for arm in study.arms:
        tasks = {task: float(means[arm, task]) for task in study.tasks}
        found.append(Score(arm, sum(tasks.values()) / len(tasks), tasks))
    return sorted(found, key=lambda score: -score.mean)


def _run_scores(study: Study, results: Results) -> pd.DataFrame:
    """Gives the score of each planned run: arm, task, seed, score."""
    every = study.evaluation.interval
    marks = planned_scores(results.curves, "sampled", every)
    within = marks["environment_steps"].between(
        study.steps * (1 - study.search.fraction), study.steps, inclusive="right"
    )
    means = marks[within].groupby(["arm", "task", "seed"])["score"].mean() / RANGE
    known = results.runs.assign(diverged=results.diverged)
    known = known.set_index(["arm", "task", "seed"])[["hash", "state", "diverged"]]
    rows, missing = [], []
    for run in study.own_runs():
        key = run.arm, run.task, run.seed
        entry = known.loc[key] if key in known.index else None
        if entry is None or entry["hash"] != run.hash:
            missing.append(f"{run.arm} on {run.task}, seed {run.seed}")
        elif entry["diverged"]:
            rows.append((*key, 0.0))
        elif entry["state"] == FINISHED and key in means.index:
            rows.append((*key, float(means[key])))
        else:
            missing.append(f"{run.arm} on {run.task}, seed {run.seed}")
    if missing:
        given = f"{len(missing)} runs short, {missing[0]} the first"
        allowed = f"all runs: mpo-repro study run {study.name}"
        raise ConfigError(results.folder, "", given, allowed)
    return pd.DataFrame(rows, columns=["arm", "task", "seed", "score"])


def published_scores(study: Study) -> dict[str, float]:
    """Computes what published MPO scores at the same steps.

    Args:
      study: a rung of a search.

    Returns:
      Task -> mean over seeds of the mean return of episodes in the last
      `search.fraction` of the steps, as a share of 1000. Empty where the published
      curves do not cover these steps of every task.
    """
    start = study.steps * (1 - study.search.fraction)
    rows = published.curves()
    lower = rows["environment_steps"] - rows["bin_width"]
    rows = rows[(lower >= start) & (rows["environment_steps"] <= study.steps)]
    covered = start >= published.FIRST_STEPS
    if not covered or not set(study.tasks) <= set(rows["task"]):
        return {}
    rows = rows.assign(total=rows["episode_return"] * rows["episodes"])
    sums = rows.groupby(["task", "seed"])[["total", "episodes"]].sum()
    means = (sums["total"] / sums["episodes"]).groupby("task").mean() / RANGE
    return {task: float(means[task]) for task in study.tasks}


def points(study: Study) -> list[list[str]]:
    """Groups the arms that are alternatives of each other.

    Args:
      study: a rung of a search.

    Returns:
      Lists of arms, without the base: two arms that set the same key are in one list,
      and so are those that a third one joins.
    """
    groups: list[tuple[set[str], list[str]]] = []
    for name, arm in study.arms.items():
        if name == study.search.base:
            continue
        keys, names = set(arm.set), [name]
        for group in [group for group in groups if group[0] & keys]:
            groups.remove(group)
            keys, names = keys | group[0], group[1] + names
        groups.append((keys, names))
    return [names for _, names in groups]


def winners(study: Study, ranked: Sequence[Score]) -> list[str]:
    """Lists the best arm of each point that scores more than the base.

    Args:
      study: a rung of a search.
      ranked: from `ranking`.

    Returns:
      Arms, those that gain most first.
    """
    order = [score.arm for score in ranked]
    better = order[: order.index(study.search.base)]
    best = {min(names, key=order.index) for names in points(study)}
    # An arm that equals the base stands before it only by its place in the file.
    means = {score.arm: score.mean for score in ranked}
    floor = means[study.search.base]
    return [arm for arm in better if arm in best and means[arm] > floor]


def next_arms(study: Study, ranked: Sequence[Score]) -> dict[str, Arm]:
    """Chooses the arms of the next rung.

    Args:
      study: a rung of a search that is not the last one.
      ranked: from `ranking`.

    Returns:
      Name -> arm.

    Raises:
      ValueError: if there is no next rung.
    """
    if not study.search.rungs:
        raise ValueError(f"{study.name} is the last rung of its search")
    rung = study.search.rungs[0]
    if rung.keep is not None:
        return {score.arm: study.arms[score.arm] for score in ranked[: rung.keep]}
    base, best = study.search.base, winners(study, ranked)
    arms = {base: study.arms[base]}
    for count in sorted({min(number, len(best)) for number in rung.combine} - {0}):
        arms[f"best-{count}"] = _together(study, best[:count])
    return arms


def _together(study: Study, names: Sequence[str]) -> Arm:
    """Makes the arm that sets what each of some arms sets."""
    arms = [study.arms[name] for name in names]
    changes: dict[str, Any] = {}
    for arm in arms:
        changes |= arm.set
    label = ", ".join(arm.label for arm in arms)
    return Arm(recipe=arms[0].recipe, set=changes, label=label)
