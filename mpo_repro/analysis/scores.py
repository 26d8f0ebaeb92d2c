"""From episodes to one score a run, and from runs to a seeds x tasks matrix."""

import numpy as np
import pandas as pd

from mpo_repro.analysis.quantiles import seed_quantiles
from mpo_repro.analysis.run_folder import OVERSHOOT

RUN = ["task", "arm", "seed"]
# Where scores are compared besides the end of a run, in environment steps.
CHECKPOINTS = (100_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000)


def evaluation_scores(curves: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Averages the episodes of each evaluation.

    Args:
      curves: the study's table of that name.
      kind: sampled or mean (how the evaluated policy chose its action), or
        behaviour (training episodes).

    Returns:
      task, arm, seed, environment_steps, score (mean return), episodes (how many);
      sorted by the first four.
    """
    rows = curves[curves["kind"] == kind]
    groups = rows.groupby([*RUN, "environment_steps"], sort=True)["episode_return"]
    return groups.agg(score="mean", episodes="size").reset_index()


def window_start(steps: int) -> int:
    """Says where the window of a score at a checkpoint begins.

    Args:
      steps: the checkpoint, in environment steps.

    Returns:
      The checkpoint less 25,000 steps or 5 %, whichever is more.
    """
    return steps - max(25_000, steps // 20)


def scores_at(curves: pd.DataFrame, kind: str, steps: int) -> pd.DataFrame:
    """Takes each run's last evaluation that is not later than a checkpoint.

    Args:
      curves: the study's table of that name.
      kind: see `evaluation_scores`.
      steps: the checkpoint, in environment steps; parallel environments may pass it
        by up to OVERSHOOT.

    Returns:
      One row a run: task, arm, seed, environment_steps (of that evaluation), score,
      episodes. A run whose last evaluation lies before the window has no row.
    """
    oldest = window_start(steps)
    scores = evaluation_scores(curves, kind)
    near = scores["environment_steps"].between(max(oldest, 0), steps + OVERSHOOT)
    last = scores[near].groupby(RUN, sort=True)["environment_steps"].transform("max")
    return scores[near][scores[near]["environment_steps"] == last].reset_index(
        drop=True
    )


def late_scores(curves: pd.DataFrame, kind: str, steps: int) -> pd.DataFrame:
    """Averages each run's evaluations in the window before a checkpoint.

    It is what published runs are averaged over, see `published.scores`.

    Args:
      curves, kind, steps: see `scores_at`.

    Returns:
      One row a run: task, arm, seed, score. A run without an evaluation in the window
      has none.
    """
    scores = evaluation_scores(curves, kind)
    at = scores["environment_steps"]
    late = scores[(at > window_start(steps)) & (at <= steps + OVERSHOOT)]
    return late.groupby(RUN, sort=True)["score"].mean().reset_index()


def checkpoints(steps: int) -> tuple[int, ...]:
    """Lists where a study's scores are tabulated: standard steps, then its end."""
    return (*(mark for mark in CHECKPOINTS if mark < steps), steps)


def score_matrix(scores: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Lays one arm's scores out as a matrix.

    Args:
      scores: from `scores_at`: one row a run.
      arm: which arm.

    Returns:
      Seeds (rows, ascending) x tasks (columns, alphabetical); NaN where a run gave
      no score.

    Raises:
      ValueError: if a run has more than one score, or the arm has none.
    """
    rows = scores[scores["arm"] == arm]
    if rows.empty:
        raise ValueError(f"no scores of arm {arm!r}")
    if rows.duplicated(["seed", "task"]).any():
        raise ValueError(f"more than one score for a run of arm {arm!r}")
    return rows.pivot(index="seed", columns="task", values="score").sort_index()


def planned_scores(curves: pd.DataFrame, kind: str, every: int) -> pd.DataFrame:
    """Puts evaluations where the study plans them.

    Environments that step together may pass a planned step by a few, each run by
    others. Evaluations that another study added to a shared run are left.

    Args:
      curves: the study's table of that name.
      kind: see `evaluation_scores`.
      every: environment steps between evaluations.

    Returns:
      As `evaluation_scores`, with the planned environment_steps.
    """
    table = evaluation_scores(curves, kind)
    past = table["environment_steps"] % every
    table = table.assign(environment_steps=table["environment_steps"] - past)
    return table[past <= OVERSHOOT].drop_duplicates(
        [*RUN, "environment_steps"], keep="last"
    )


def curve_quantiles(curves: pd.DataFrame, kind: str, every: int) -> pd.DataFrame:
    """Computes learning curves: median and 5 % and 95 % quantiles over seeds.

    Args:
      curves, kind, every: see `planned_scores`.

    Returns:
      task, arm, environment_steps, seeds, median, low, high. Only the steps at which
      all runs of the task and arm were evaluated are kept, so that no jump comes
      from seeds that enter or leave.
    """
    scores = planned_scores(curves, kind, every)
    table = seed_quantiles(scores, ["task", "arm", "environment_steps"])
    runs = scores.groupby(["task", "arm"])["seed"].nunique().rename("runs")
    table = table.join(runs, on=["task", "arm"])
    return table[table["seeds"] == table["runs"]].drop(columns="runs")


def elapsed_seconds(wall_seconds: np.ndarray) -> float:
    """Adds up a run's time over interruptions.

    Args:
      wall_seconds: the clock at the run's records in order, shape [K]; it starts
        again from 0 where a resumed run does not carry it on.

    Returns:
      Seconds that the run took in all; 0 without records.
    """
    wall = np.asarray(wall_seconds, np.float64)
    if not len(wall):
        return 0.0
    ends = np.append(np.diff(wall) < 0, True)
    return float(wall[ends].sum())
