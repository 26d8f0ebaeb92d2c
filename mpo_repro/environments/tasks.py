"""All tasks: their sizes, and which simulators have them."""

import difflib
import functools

from mpo_repro.environments import gymnasium_tasks, suite
from mpo_repro.environments.interface import Spec

TASKS = suite.TASKS + gymnasium_tasks.TASKS
BACKENDS = ("envpool", "dm_control", "gymnasium")


@functools.cache
def spec(task: str) -> Spec:
    """Gives the sizes of a task.

    Args:
      task: a name of `TASKS`, e.g. "cartpole-swingup".

    Raises:
      ValueError: if the task is unknown; the message names the nearest ones.
    """
    _require_known(task)
    return (suite if task in suite.TASKS else gymnasium_tasks).spec(task)


def backends(task: str) -> tuple[str, ...]:
    """Lists the simulators that have a task, the one taken by default first.

    Raises:
      ValueError: if the task is unknown; the message names the nearest ones.
    """
    _require_known(task)
    if task in suite.TASKS:
        return "envpool", "dm_control"
    return ("gymnasium",)


def _require_known(task):
    if task not in TASKS:
        near = difflib.get_close_matches(str(task), TASKS, n=3, cutoff=0.4)
        hint = f"nearest: {', '.join(near)}" if near else f"one of {', '.join(TASKS)}"
        raise ValueError(f"unknown task {task!r}; {hint}")
