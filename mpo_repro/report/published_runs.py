"""What arms score beside published runs, over the same steps."""

from collections.abc import Iterable

import numpy as np

from mpo_repro.analysis import published
from mpo_repro.analysis.quantiles import bounds_of, mean_interval
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.statistics.permuted import permutation


def beside(results: Iterable[Results]) -> dict[str, dict]:
    """Compares arms with published runs, with sampled actions.

    A run scores the mean of its evaluations in the steps that `published.scores`
    averages, the last 25,000 or 5 % of the budget, whichever is more.

    Returns:
      study -> task -> published and arms: what `mean_interval` says of the published
      scores and of each arm's; the arm's has its label, too, and effect, effect_low and
      effect_high: ours minus published with its 95 % interval, unless there are too few
      runs for one. Tasks of which nothing is published at the budget are left out.
    """
    return {one.study["name"]: _of_study(one) for one in results if one.tasks}


def _of_study(results: Results) -> dict[str, dict]:
    found = {}
    for task in results.tasks:
        theirs = published.scores(task, results.budget(task))
        if len(theirs):
            bounds = bounds_of(task)
            ours = {
                arm: _compare(scores, theirs, bounds) | {"label": results.labels[arm]}
                for arm, scores in _late_scores(results, task).items()
            }
            summary = mean_interval(theirs, bounds=bounds)
            found[task] = {"published": summary, "arms": ours}
    return found


def _late_scores(results: Results, task: str) -> dict[str, np.ndarray]:
    """Averages each run's evaluations in the window, a score a run; by arm."""
    scores = results.late_scores("sampled").query("task == @task")
    found = {arm: rows["score"].to_numpy() for arm, rows in scores.groupby("arm")}
    return {arm: found[arm] for arm in results.arms_on(task)}


def _compare(ours: np.ndarray, theirs: np.ndarray, bounds) -> dict[str, float]:
    """Summarises our scores, and the difference with its 95 % interval."""
    about, estimate = mean_interval(ours, bounds=bounds), permutation(ours, theirs)
    if min(len(ours), len(theirs)) < estimate.least_runs:
        return about
    low, high = estimate.interval(0.95)
    return about | {"effect": estimate.effect, "effect_low": low, "effect_high": high}
