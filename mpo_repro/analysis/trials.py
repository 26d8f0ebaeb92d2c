"""A part of a claim as single tests: which data each takes, and what it finds.

One test a treatment and task; those on suites and on shares of failed runs take all
tasks together, and an interaction takes two.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mpo_repro.analysis import published
from mpo_repro.analysis.claim_data import Runs, able, step_times, values
from mpo_repro.analysis.informative import untrained_passes
from mpo_repro.analysis.statistics import looks, registry
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.trial import Trial
from mpo_repro.config.claim import Claim, Part
from mpo_repro.config.claim_part import PUBLISHED

LISTED = 6  # tasks that a label counts; fewer are named
Look = Callable[[str, str], Runs]  # arm, task -> runs


def shape(part: Part) -> str:
    """Says how a part becomes tests: each, suite, failures, cells, published.

    Raises:
      ValueError: if there is no test of that name.
    """
    names = registry.data_names(part.test.name)
    if part.test.name.startswith("suite_"):
        return "suite"
    known = {
        ("failures",): "failures",
        ("first", "second"): "cells",
        ("ours", "published"): "published",
    }
    return known.get(names, "each")


def trials(claim: Claim, part: Part, tasks: tuple[str, ...], look: Look) -> list[Trial]:
    """Lists the tests of a part.

    Args:
      claim: gives the scales of tasks.
      part: one of its parts.
      tasks: on which.
      look: gives the runs of an arm on a task.
    """
    kind, found = shape(part), []
    for arm in part.treatments:
        if part.per_task:
            found += [_failures(claim, part, arm, (task,), look) for task in tasks]
        elif part.reference == PUBLISHED:
            found += [_beside(claim, part, arm, task, look) for task in tasks]
        elif kind == "each":
            found += [_pair(part, arm, task, look) for task in tasks]
        elif kind == "published":
            found += [_published(claim, part, arm, task, look) for task in tasks]
        elif kind == "failures":
            found.append(_failures(claim, part, arm, tasks, look))
        else:
            made = {"suite": _suite, "cells": _cells}[kind]
            found.append(made(part, arm, tasks, look))
    return found


def evidence(part: Part, trial: Trial, minimum: int) -> Evidence:
    """Makes the test of a trial that has data.

    Args:
      part: gives test and settings.
      trial: from `trials`.
      minimum: runs an arm without which there is no verdict.
    """
    return tested(part, trial.data, minimum, settings(part, trial.runs))


def tested(part: Part, data: tuple, minimum: int, given: dict) -> Evidence:
    """Makes a part's test of given data, at each of its looks; see `evidence`.

    Args:
      part: gives test and looks.
      data: the test's positional arguments.
      minimum: runs an arm without which there is no verdict.
      given: the test's keyword arguments.
    """
    test = registry.find(part.test.name)
    if part.test.looks:
        found = looks.evidence(test, *data, part.test.looks, **given)
    else:
        found = test(*data, **given)
    return found.named(found.test, max(minimum, found.least_runs))


def settings(part: Part, runs: tuple[Runs, ...]) -> dict[str, object]:
    """Gathers the keyword arguments of a part's test."""
    taken = registry.setting_names(part.test.name)
    given = {"alpha": part.test.alpha, "margin": part.test.margin}
    given |= {"share": part.test.share, "aggregate": part.test.aggregate}
    given["interest"] = part.expected.effect or None
    given["horizon"] = float(runs[0].steps[-1]) if runs else None
    return {k: v for k, v in given.items() if k in taken and v is not None}


def _measured(part: Part, runs: Runs):
    if part.measure.score == "steps_to":
        return step_times(runs, part.measure)
    return values(runs, part.measure)


def _trial(label: str, runs: list[Runs], data: Callable[[], tuple]) -> Trial:
    complete = all(group.scored for group in runs)
    return Trial(label, tuple(runs), data() if complete else None)


def _same(pairs: list[tuple[Runs, Runs]]) -> bool:
    """Returns whether the arms of all pairs have equal curves, seed by seed."""
    curves = [(one.curves, other.curves) for one, other in pairs]
    return all(
        len(a) > 0 and np.array_equal(a, b, equal_nan=True) and not np.isnan(a).all()
        for a, b in curves
    )


def _pair(part: Part, arm: str, task: str, look: Look) -> Trial:
    runs = [look(arm, task), look(part.reference, task)]
    label = f"{arm} against {part.reference} on {task}"
    made = _trial(label, runs, lambda: tuple(_measured(part, r) for r in runs))
    return replace(made, identical=_same([(runs[0], runs[1])]))


def _matrix(part: Part, runs: list[Runs]) -> np.ndarray:
    """Lays runs out as [S, T]; tasks with fewer runs end in NaN."""
    columns = [values(group, part.measure) for group in runs]
    matrix = np.full((max(map(len, columns)), len(columns)), np.nan)
    for index, column in enumerate(columns):
        matrix[: len(column), index] = column
    return matrix


def _suite(part: Part, arm: str, tasks: tuple[str, ...], look: Look) -> Trial:
    sides = [[look(name, task) for task in tasks] for name in (arm, part.reference)]
    label = f"{arm} against {part.reference} on {_counted(tasks)}"
    made = _trial(
        label, sum(sides, []), lambda: tuple(_matrix(part, side) for side in sides)
    )
    return replace(made, identical=_same(list(zip(*sides, strict=True))))


def _counted(tasks: tuple[str, ...]) -> str:
    """Returns the tasks by name, or their number where they are many."""
    return ", ".join(tasks) if len(tasks) < LISTED else f"{len(tasks)} tasks"


def _failures(
    claim: Claim, part: Part, arm: str, tasks: tuple[str, ...], look: Look
) -> Trial:
    none = np.empty(0)
    untold = [t for t in tasks if untrained_passes(claim, part, t, none)]
    if len(untold) == len(tasks):
        return Trial(f"{arm} on {_counted(tasks)}", (), None, untold=tasks)
    tasks = tuple(task for task in tasks if task not in untold)
    runs = [look(arm, task) for task in tasks]
    label = f"{arm} on {_counted(tasks)}"
    if part.measure.able_only:
        label += f", runs that reached {part.measure.threshold:g}"

    def data():
        marks = [values(r, part.measure)[able(r, part.measure)] for r in runs]
        return (np.concatenate(marks),)

    return replace(_trial(label, runs, data), untold=tuple(untold))


def _cells(part: Part, arm: str, tasks: tuple[str, ...], look: Look) -> Trial:
    runs = [look(name, task) for task in tasks for name in (arm, part.reference)]
    label = f"{arm} against {part.reference}, {tasks[0]} against {tasks[1]}"

    def data():
        a, b, c, d = (values(group, part.measure) for group in runs)
        return (a, b), (c, d)

    return _trial(label, runs, data)


def published_scores(claim: Claim, part: Part, task: str, end: int) -> np.ndarray:
    """Reads what published runs score where the part measures ours, on its scale.

    Args:
      claim: gives the scale of the task.
      part: one of its parts.
      task: its name.
      end: of our runs, in environment steps.

    Returns:
      A score a run; none if nothing was published.
    """
    low, high = claim.scale(task)
    return (published.scores(task, part.measure.at or end) - low) / (high - low)


def _beside(claim: Claim, part: Part, arm: str, task: str, look: Look) -> Trial:
    """Compares an arm with published runs, whose results were known beforehand."""
    runs = look(arm, task)
    theirs = published_scores(claim, part, task, int(runs.steps[-1]))
    label = f"{arm} against published MPO on {task}"
    if not len(theirs):
        return Trial(label, (runs,), None)
    return _trial(label, [runs], lambda: (values(runs, part.measure), theirs))


def _published(claim: Claim, part: Part, arm: str, task: str, look: Look) -> Trial:
    runs = look(arm, task)
    theirs = published_scores(claim, part, task, int(runs.steps[-1]))
    label = f"{arm} against published MPO on {task}"
    if untrained_passes(claim, part, task, theirs):
        return Trial(label, (runs,), None, untold=(task,))

    def data():
        ours = values(runs, part.measure)
        return looks.due(ours, part.test.looks) if part.test.looks else ours, theirs

    return _trial(label, [runs], data) if len(theirs) else Trial(label, (runs,), None)
