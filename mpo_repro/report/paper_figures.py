"""The paper's Fig. 3 (humanoid) and Fig. 4 (all tasks), from a study's own runs."""

from matplotlib.figure import Figure

from mpo_repro.analysis.results import Results
from mpo_repro.config.algorithms import MPO
from mpo_repro.report import learning_curves, style

# Whose final performance is a star in Fig. 4, in the order of its caption.
STARRED = ("ppo", "ddpg")
LARGE = (3.4, 2.6)  # inches of a panel of Fig. 3
MOST = 3  # curves of a panel; more, and bands hide each other


def humanoid_tasks(results: Results) -> list[str]:
    """Lists the study's tasks of the humanoid that have a finished run."""
    return [task for task in results.tasks if task.startswith("humanoid-")]


def starred(results: Results) -> list[str]:
    """Lists the arms with runs that Fig. 4 shows as stars."""
    return [
        a for name in STARRED for a in results.arms if _algorithm(results, a) == name
    ]


def curved(results: Results) -> list[str]:
    """Lists the arms with runs that Fig. 4 shows as curves: the first ones of MPO."""
    return [arm for arm in results.arms if _algorithm(results, arm) == MPO][:MOST]


def full(results: Results, arm: str) -> bool:
    """Says whether an arm's star is full: PPO's are, DDPG's are open."""
    return _algorithm(results, arm) == STARRED[0]


def humanoid(results: Results, kind: str) -> Figure:
    """Draws every arm's median on the humanoid's tasks, with bands if these are few.

    Args:
      results: the study's results, with humanoid_tasks.
      kind: sampled or mean: how the evaluated policy chose its actions.
    """
    curves = results.curve_quantiles(kind)
    tasks = humanoid_tasks(results)
    figure, axes = style.panels(len(tasks), columns=2, size=LARGE)
    shown = False
    for axis, task in zip(axes, tasks, strict=True):
        shown |= learning_curves.draw_published(axis, task, results.budget(task))
        band = len(results.arms_on(task)) <= MOST
        for arm in reversed(results.arms_on(task)):
            rows = curves[(curves["task"] == task) & (curves["arm"] == arm)]
            look = style.line(results.labels, results.arms, arm)
            learning_curves.draw_arm(axis, rows, look, band)
        learning_curves.finish(axis, task, results.budget(task))
    learning_curves.label_outer(figure)
    style.legend(figure, learning_curves.entries_of(results, results.arms, shown))
    return figure


def suite(results: Results, kind: str) -> Figure:
    """Draws MPO's median and 5-95 % band on all tasks, and stars for PPO and DDPG.

    Args:
      results: the study's results.
      kind: sampled or mean: how the evaluated policy chose its actions.

    Returns:
      The figure. A star is the median over seeds of the final score; it stands at the
      end of the task's budget.
    """
    curves, scores = results.curve_quantiles(kind), results.final_scores(kind)
    figure, axes = style.panels(len(results.tasks))
    arms, shown = tuple(curved(results)), False
    for axis, task in zip(axes, results.tasks, strict=True):
        steps = results.budget(task)
        shown |= learning_curves.draw_published(axis, task, steps)
        for arm in reversed(arms):
            rows = curves[(curves["task"] == task) & (curves["arm"] == arm)]
            look = style.line(results.labels, arms, arm)
            learning_curves.draw_arm(axis, rows, look, band=True)
        for arm in starred(results):
            chosen = scores[(scores["task"] == task) & (scores["arm"] == arm)]
            if len(chosen):
                axis.plot(steps, chosen["score"].median(), **_star(results, arm))
        learning_curves.finish(axis, task, steps)
    learning_curves.label_outer(figure)
    stars = [
        (f"{results.labels[arm]}, at the end", style.line_handle(**_star(results, arm)))
        for arm in starred(results)
    ]
    entries = learning_curves.entries_of(results, arms, shown)
    style.legend(figure, [*entries, *stars])
    return figure


def _algorithm(results: Results, arm: str) -> str:
    return results.study["arms"][arm]["resolved"].get("algorithm", MPO)


def _star(results: Results, arm: str) -> dict[str, object]:
    color = style.arm_style(list(results.labels).index(arm))["color"]
    face = color if full(results, arm) else "white"
    look = {"marker": "*", "ms": 11, "mfc": face, "mec": color, "mew": 1.1}
    return look | {"ls": "", "clip_on": False, "zorder": 4}
