"""What happened inside the learner: small multiples of the diagnostics of a task."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mpo_repro.analysis.results import Results
from mpo_repro.config.backend import default_backend
from mpo_repro.report import style

# Name in diagnostics.parquet -> title of the panel, logarithmic axis or not.
PANELS = {
    "temperature": ("temperature (return)", True),
    "kl_q_relative": ("KL of the E-step / bound", False),
    "kl_mean_relative": ("KL of the mean / bound", True),
    "kl_covariance_relative": ("KL of the covariance / bound", True),
    "stddev": ("policy's standard deviation", True),
    "q_value": ("Q", False),
}
POINTS = 60
EPISODE_LENGTH = 1_000  # control steps in an episode of the control suite


def diagnostics(results: Results, task: str) -> Figure:
    """Draws the median over seeds of each diagnostic, an arm a line.

    Args:
      results: the study's results.
      task: which task.

    Returns:
      The figure. In the panel of Q of a task with `even_episodes` the small dots are
      the mean training return turned into a discounted value as if reward came evenly
      over the episode.
    """
    rows = results.diagnostics[results.diagnostics["task"] == task]
    steps, arms = results.budget(task), results.arms_on(task)
    names = shown(results, task)
    figure, axes = style.panels(len(names), columns=3, size=(2.7, 1.95))
    for axis, name in zip(axes, names, strict=True):
        for arm in reversed(arms):
            chosen = rows[(rows["arm"] == arm) & (rows["name"] == name)]
            curve = seed_median(chosen, "value", steps)
            axis.plot(curve.index, curve, **style.line(results.labels, arms, arm, 1.3))
        if name == "q_value":
            _draw_implied(axis, results, task)
        if name.endswith("_relative"):
            axis.axhline(1, color="#555555", lw=0.7)
        _finish(axis, titled(name, task), steps, PANELS[name][1])
    figure.supxlabel("environment steps", fontsize=9)
    drawn = [arm for arm in arms if arm in set(rows["arm"])]
    style.legend(figure, style.entries(results.labels, drawn, 1.3))
    return figure


def shown(results: Results, task: str) -> list[str]:
    """Lists the diagnostics that some arm has on a task; all of them where none has."""
    rows = results.diagnostics[results.diagnostics["task"] == task]
    there = set(rows.loc[np.isfinite(rows["value"]), "name"])
    return [name for name in PANELS if name in there] or [*PANELS]


def seed_median(rows: pd.DataFrame, column: str, steps: int) -> pd.Series:
    """Averages within each seed over stretches of the run, then over seeds.

    Args:
      rows: seed, environment_steps and the column; one arm of one task.
      column: what is averaged.
      steps: the budget, cut into POINTS stretches.

    Returns:
      The median over seeds, indexed by the middle of the stretch in environment
      steps; values that are not finite are left out.
    """
    rows = rows[np.isfinite(rows[column])]
    width = max(1, -(-steps // POINTS))
    middle = (rows["environment_steps"] // width + 0.5) * width
    means = rows.groupby([rows["seed"], middle.clip(upper=steps)])[column].mean()
    return means.groupby(level=1).median()


def titled(name: str, task: str) -> str:
    """Gives the title of a panel; Q's says whether returns imply another value."""
    implied = name == "q_value" and even_episodes(task)
    return PANELS[name][0] + ", and what returns imply" * implied


def even_episodes(task: str) -> bool:
    """Says whether all episodes of a task have EPISODE_LENGTH steps."""
    return default_backend(task) != "gymnasium" and not task.startswith("atari-")


def implied_value(returns: pd.Series, discount: float) -> pd.Series:
    """Turns undiscounted returns into discounted values at an even rate of reward.

    A return R over L steps is R / L a step, worth (R / L) / (1 - discount) without
    an end in sight; time limits are no end here.

    Args:
      returns: returns of whole episodes of EPISODE_LENGTH steps.
      discount: in [0, 1).
    """
    return returns / EPISODE_LENGTH / (1 - discount)


def implied_curve(results: Results, task: str, arm: str) -> pd.Series:
    """Gives the value that an arm's training returns imply, by environment steps.

    Returns:
      As `seed_median`; empty for an algorithm whose recipe gives no such discount, and
      where episodes do not have EPISODE_LENGTH steps.
    """
    evaluation = results.study["arms"][arm]["resolved"].get("policy_evaluation", {})
    if "discount" not in evaluation or not even_episodes(task):
        return pd.Series(dtype=float)
    curves = results.curves
    of_arm = (curves["task"] == task) & (curves["arm"] == arm)
    rows = curves[of_arm & (curves["kind"] == "behaviour")]
    curve = seed_median(rows, "episode_return", results.budget(task))
    return implied_value(curve, evaluation["discount"])


def _draw_implied(axis: Axes, results: Results, task: str) -> None:
    """Adds for each arm the value that its training returns imply."""
    arms = results.arms_on(task)
    for arm in reversed(arms):
        implied = implied_curve(results, task, arm)
        color = style.line(results.labels, arms, arm)["color"]
        axis.plot(implied.index, implied, "o", ms=1.6, mew=0, color=color)


def _finish(axis: Axes, title: str, steps: int, logarithmic: bool) -> None:
    style.steps_axis(axis, steps)
    values = [line.get_ydata() for line in axis.lines]
    if logarithmic and any(np.any(np.asarray(v) > 0) for v in values if len(v)):
        style.log_axis(axis)
    axis.set_title(title)
    axis.grid(axis="y", lw=0.4, color="#dddddd")
    axis.spines[["top", "right"]].set_visible(False)
