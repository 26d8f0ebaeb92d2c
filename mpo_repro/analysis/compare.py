"""Two collected studies side by side: which runs are the same, which scores differ.

On one machine and one set of versions a run repeats to the last bit. Across machines it
does not, and only its distribution over seeds can be compared.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu

from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED
from mpo_repro.analysis.scores import RUN

# Scores that differ by chance are flagged once in a hundred comparisons.
FLAG_BELOW = 0.01


class RunDifference(NamedTuple):
    """One run in two studies.

    Attributes:
      run: task, arm, seed.
      first: environment step from which on the curves differ; None: they are the same.
    """

    run: tuple[str, str, int]
    first: int | None


class ScoreDifference(NamedTuple):
    """Final scores of one arm on one task in two studies, over seeds.

    Attributes:
      task, arm: what was learnt, and how.
      medians: of both studies, in return.
      counts: how many seeds each has.
      p_value: of the Mann-Whitney test, two-sided; 1 if all scores are equal.
    """

    task: str
    arm: str
    medians: tuple[float, float]
    counts: tuple[int, int]
    p_value: float

    @property
    def flagged(self) -> bool:
        """Whether chance is an unlikely reason."""
        return self.p_value < FLAG_BELOW


def finished(results: Results) -> set[tuple[str, str, int]]:
    """Lists the finished runs: task, arm, seed."""
    runs = results.runs[results.runs["state"] == FINISHED]
    return set(runs[RUN].itertuples(index=False, name=None))


def compare_runs(first: Results, second: Results) -> list[RunDifference]:
    """Compares the curves of the runs that both studies have, bit for bit.

    Up to the lesser budget: runs that went further may agree until there.
    """
    shared = sorted(finished(first) & finished(second))
    curves = [_by_run(results.curves) for results in (first, second)]
    return [RunDifference(run, _parting(*(c[run] for c in curves))) for run in shared]


def _by_run(curves: pd.DataFrame) -> dict[tuple, pd.DataFrame]:
    return dict(iter(curves.groupby(RUN, sort=False)))


def _parting(first: pd.DataFrame, second: pd.DataFrame) -> int | None:
    """Returns the environment step from which on two curves differ."""
    end = min(rows["environment_steps"].max() for rows in (first, second))
    key = ["environment_steps", "kind", "episode"]
    both = first.merge(second, on=key, how="outer", suffixes=("_a", "_b"))
    both = both[both["environment_steps"] <= end]
    # A row that only one of them has is NaN in the other, and so unequal.
    unequal = both["episode_return_a"] != both["episode_return_b"]
    return int(both.loc[unequal, "environment_steps"].min()) if unequal.any() else None


def compare_scores(first: Results, second: Results) -> list[ScoreDifference]:
    """Compares final scores (sampled actions) where both studies have an arm."""
    tables = [results.final_scores("sampled") for results in (first, second)]
    groups = [
        {pair: rows["score"].to_numpy() for pair, rows in t.groupby(["task", "arm"])}
        for t in tables
    ]
    found = []
    for task, arm in sorted(groups[0].keys() & groups[1].keys()):
        scores = [group[task, arm] for group in groups]
        medians = tuple(float(np.median(values)) for values in scores)
        counts = tuple(len(values) for values in scores)
        p_value = float(mannwhitneyu(*scores).pvalue)
        p_value = 1.0 if np.isnan(p_value) else p_value
        found.append(ScoreDifference(task, arm, medians, counts, p_value))
    return found
