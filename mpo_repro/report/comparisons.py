"""Which comparisons of arms a study's data allow, with caption and alternative text."""

from functools import partial

import pandas as pd

from mpo_repro.analysis.results import Results
from mpo_repro.report import costs, designs, heat_maps, paper_figures
from mpo_repro.report.planned import Plan

KIND = "sampled"
_SHOWN = " Grey, where there is any: published MPO, as under the learning curves."


def plans(results: Results, published: bool) -> list[Plan]:
    """Lists the figures, in the page's order.

    Args:
      results: the study's results, with a finished run.
      published: whether any task has published curves.

    Returns:
      Fig. 3 if there is a humanoid among other tasks; Fig. 4 if there are PPO or DDPG
      to be stars, or too many arms for bands elsewhere; a heat map if arms make up a
      grid; the cost of each change outside of it if there are several.
    """
    found = []
    behind = _SHOWN * published
    humanoids = paper_figures.humanoid_tasks(results)
    if humanoids and len(humanoids) < len(results.tasks):
        found.append(_humanoid(results, humanoids, behind))
    many = len(results.arms) > paper_figures.MOST and len(results.tasks) > 1
    if paper_figures.curved(results) and (paper_figures.starred(results) or many):
        found.append(_suite(results, behind))
    grid = designs.grid(results)
    if grid and heat_maps.tasks_of(results, grid, KIND):
        found.append(_heat_map(results, grid))
    changes = designs.single_changes(results)
    effects = costs.effects(results, changes, KIND)
    if len(changes) >= costs.FEWEST and len(effects):
        found.append(_costs(results, changes, effects))
    return found


def _humanoid(results: Results, tasks: list[str], behind: str) -> Plan:
    caption = (
        "In the manner of the paper's Fig. 3, without its Parkour task, which was "
        f"never released. Line: median over seeds; band, of up to {paper_figures.MOST} "
        f"arms: 5-95 % quantile.{behind}"
    )
    alt = f"Learning curves of every arm on {', '.join(tasks)}."
    draw = partial(paper_figures.humanoid, results, KIND)
    return Plan("humanoid", "Humanoid (the paper's Fig. 3)", caption, alt, draw)


def _suite(results: Results, behind: str) -> Plan:
    shapes = {True: "full", False: "open"}
    names = [
        f"{results.labels[arm]} ({shapes[paper_figures.full(results, arm)]})"
        for arm in paper_figures.starred(results)
    ]
    stars = (
        f"Stars: median final score of {', '.join(names)}."
        if names
        else "The study has no runs of PPO or DDPG, whose final scores would be stars."
    )
    caption = (
        "In the manner of the paper's Fig. 4. Line: median over seeds; band: 5-95 % "
        f"quantile. {stars}{behind}"
    )
    curves = ", ".join(results.labels[arm] for arm in paper_figures.curved(results))
    alt = f"Learning curves of {curves} on {len(results.tasks)} tasks. {stars}"
    draw = partial(paper_figures.suite, results, KIND)
    title = "All tasks" + " (the paper's Fig. 4)" * bool(names)
    return Plan("suite", title, caption, alt, draw)


def _heat_map(results: Results, grid: designs.Grid) -> Plan:
    caption = (
        f"Return at the end over {grid.rows} and {grid.columns}, all other settings "
        "equal. In a cell: mean over seeds, its 95 % Student interval, seeds. "
        "Evaluation with actions sampled from the policy. Hatched: no finished run."
    )
    scores = results.final_scores(KIND)
    mean = scores.groupby(["task", "arm"])["score"].mean()
    parts = []
    for task in heat_maps.tasks_of(results, grid, KIND):
        known = [a for a in grid.arms.values() if (task, a) in mean.index]
        ends = [choose(known, key=lambda a: mean[task, a]) for choose in (max, min)]
        said = [f"{results.labels[a]} with {mean[task, a]:.0f}" for a in ends]
        parts.append(f"on {task} best {said[0]}, worst {said[1]}")
    alt = f"Return over {grid.rows} and {grid.columns}: {'; '.join(parts)}."
    draw = partial(heat_maps.heat_maps, results, grid, KIND)
    return Plan("sensitivity", "Sensitivity to two settings", caption, alt, draw)


def _costs(
    results: Results, changes: list[designs.Change], effects: pd.DataFrame
) -> Plan:
    names = dict.fromkeys(results.labels[one.reference] for one in changes)
    beside = (
        " A recipe as published, defects included, is compared with itself mended."
        if any(change.defect for change in changes)
        else ""
    )
    caption = (
        f"Final score of each arm less that of {next(iter(names))}, with Welch's 95 % "
        "interval, not corrected for their number; the costliest on top, by the mean "
        f"over tasks of effects in shares of the task's largest.{beside} In "
        "brackets: the one setting that differs, or how many do. Triangle down: the "
        "whole interval below no effect; up: above; full: so too after Holm's "
        "correction for all changes on the task. Dot: neither, or too few runs."
    )
    parts = []
    for place in costs.severity(effects).index:
        rows = effects[effects["place"] == place].itertuples()
        values = ", ".join(f"{row.effect:+.0f} on {row.task}" for row in rows)
        parts.append(f"{changes[place].text} {values}")
    alt = f"Effect of each change on the final score: {'; '.join(parts)}."
    draw = partial(costs.costs, results, changes, KIND)
    return Plan("costs", "What each change costs", caption, alt, draw)
