"""Published learning curves of MPO, to lay beside the ones of this project.

What they are, and what is not known about them, stands in SOURCE.md.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from mpo_repro.analysis.quantiles import seed_quantiles
from mpo_repro.analysis.scores import window_start

FILE = Path(__file__).with_name("mpo.parquet")
UNTRAINED = FILE.with_name("untrained.csv")  # by benchmarks/untrained.py
LABEL = "MPO, published (Acme agent, 10 seeds)"
CITATION = "danijar/dreamerv3 at commit 423291a, MIT licence"
# Below this many steps the source logged nothing.
FIRST_STEPS = 36_000
# Widths for drawing: each is a whole number of the stored bins of its range.
WIDTHS = (10_000, 25_000, 50_000, 100_000, 200_000)


@cache
def curves() -> pd.DataFrame:
    """Reads the binned curves: task, seed, environment_steps, bin_width, episodes,
    episode_return; a row stands for (environment_steps - bin_width,
    environment_steps].
    """
    table = pd.read_parquet(FILE)
    return table.assign(task=table["task"].astype(str))


def tasks() -> tuple[str, ...]:
    """Lists the tasks that have published curves."""
    return tuple(sorted(curves()["task"].unique()))


@cache
def scores(task: str, steps: int) -> np.ndarray:
    """Averages each seed's episodes of the last steps before a budget.

    Args:
      task: a task's name.
      steps: budget in environment steps; the window begins at
        `scores.window_start`.

    Returns:
      One mean return a seed, read-only, shape [10], or shape [0] where nothing was
      published at this budget: the task is not covered, the run was shorter, or the
      window begins before the first logged episode.
    """
    start = window_start(steps)
    rows = curves().query("task == @task")
    longest = rows["environment_steps"].max() if len(rows) else 0
    if start < FIRST_STEPS or steps > longest:
        return np.empty(0)
    lower = rows["environment_steps"] - rows["bin_width"]
    rows = rows[(lower >= start) & (rows["environment_steps"] <= steps)]
    total = (rows["episode_return"] * rows["episodes"]).groupby(rows["seed"]).sum()
    means = (total / rows.groupby("seed")["episodes"].sum()).to_numpy()
    means.setflags(write=False)
    return means


@cache
def untrained(task: str) -> np.ndarray:
    """Reads what a policy scores on a task that has learnt nothing.

    Args:
      task: a task's name.

    Returns:
      The mean return of each seed's first parameters, read-only, shape [10], or shape
      [0] where it was not measured.
    """
    table = pd.read_csv(UNTRAINED)
    returns = table.loc[table["task"] == task, "episode_return"].to_numpy(np.float64)
    returns.setflags(write=False)
    return returns


def quantile_curve(task: str, steps: int, width: int | None = None) -> pd.DataFrame:
    """Gives the median and the 5 % and 95 % quantiles over seeds, for drawing.

    Args:
      task: a task's name.
      steps: the curve stops here, in environment steps.
      width: bins are merged to this width; by default one of WIDTHS that gives at
        most 50 points. Below 10,000 steps, some seeds have no episode in a bin.

    Returns:
      environment_steps (the middle of the merged bin), seeds, median, low, high;
      bins in which a seed has no episode are left out.
    """
    width = width or next((w for w in WIDTHS if w >= steps / 50), WIDTHS[-1])
    rows = curves().query("task == @task and environment_steps <= @steps")
    total_seeds = rows["seed"].nunique()
    upper = -(-rows["environment_steps"] // width) * width
    rows = rows.assign(
        total=rows["episode_return"] * rows["episodes"],
        environment_steps=upper - width / 2,
    )
    sums = rows.groupby(["environment_steps", "seed"])[["total", "episodes"]].sum()
    means = (sums["total"] / sums["episodes"]).rename("score").reset_index()
    curve = seed_quantiles(means, ["environment_steps"])
    return curve[curve["seeds"] == total_seeds].reset_index(drop=True)
