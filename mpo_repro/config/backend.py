"""Which simulator a task has if none is asked for."""

import re
from typing import Literal

Backend = Literal["envpool", "dm_control", "gymnasium"]
_GYMNASIUM = re.compile(r".+-v[0-9]+")
_FINGER = "finger-"  # which EnvPool does not simulate as published


def default_backend(task: str) -> Backend:
    """Chooses by the form of a task's name: "Reacher-v4" is gymnasium's.

    It is the first of `mpo_repro.environments.backends(task)`.
    """
    if task.startswith(_FINGER):
        return "dm_control"
    return "gymnasium" if _GYMNASIUM.fullmatch(task) else "envpool"
