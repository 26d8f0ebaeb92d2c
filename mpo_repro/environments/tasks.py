"""All tasks: their sizes, and which simulators have them."""

import difflib
import functools

from mpo_repro.environments import atari, gymnasium_tasks, suite
from mpo_repro.environments.interface import Spec

_FAMILIES = {  # the module of each, and its backends, the default first
    suite: ("envpool", "dm_control"),
    gymnasium_tasks: ("gymnasium",),
    atari: ("envpool",),
}
TASKS = tuple(task for family in _FAMILIES for task in family.TASKS)
BACKENDS = ("envpool", "dm_control", "gymnasium")


@functools.cache
def spec(task: str) -> Spec:
    """Gives the sizes of a task.

    Args:
      task: a name of `TASKS`, e.g. "cartpole-swingup".

    Raises:
      ValueError: if the task is unknown; the message names the nearest ones.
    """
    return _family(task).spec(task)


def backends(task: str) -> tuple[str, ...]:
    """Lists the simulators that have a task, the one taken by default first.

    Raises:
      ValueError: if the task is unknown; the message names the nearest ones.
    """
    family = _family(task)
    if family is suite and task not in suite.IN_ENVPOOL:
        return ("dm_control",)
    return _FAMILIES[family]


def _family(task):
    for family in _FAMILIES:
        if task in family.TASKS:
            return family
    near = difflib.get_close_matches(str(task), TASKS, n=3, cutoff=0.4)
    hint = f"nearest: {', '.join(near)}" if near else f"one of {', '.join(TASKS)}"
    raise ValueError(f"unknown task {task!r}; {hint}")
