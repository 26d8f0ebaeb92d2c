"""Every task, by its name, as an environment of gymnasium to act in."""

import warnings

import gymnasium
import numpy as np

from mpo_repro.artifacts import suite_task
from mpo_repro.config import ConfigError
from mpo_repro.environments import atari, gymnasium_tasks, spec, suite


def gymnasium_id(task: str) -> tuple[str, dict]:
    """Gives the id and options with which gymnasium makes a task.

    Args:
      task: a name of `mpo_repro.environments.TASKS`.

    Raises:
      ConfigError: if it is a game of Atari, which EnvPool alone plays here.
    """
    if task in atari.TASKS:
        raise ConfigError("gymnasium", "task", task, "one that is no game of Atari")
    if task in suite.TASKS:
        return suite_task.environment_id(task), {}
    return gymnasium_tasks.registered(task)


def make_world(task: str, render_mode: str | None = None) -> gymnasium.Env:
    """Makes the environment of a task.

    Args:
      task: a name of `mpo_repro.environments.TASKS`.
      render_mode: None, or "rgb_array" for pictures.

    Raises:
      ConfigError: as `gymnasium_id`.
    """
    suite_task.register()
    name, options = gymnasium_id(task)
    with warnings.catch_warnings():
        # It advises v5 in place of v4, which the published results name.
        warnings.filterwarnings("ignore", message=".*is out of date.*")
        return gymnasium.make(name, render_mode=render_mode, **options)


def largest_action(task: str) -> np.ndarray | None:
    """Gives the bound of each dimension of a task's actions, float32, shape [A].

    The policy's own are 1; all bounds are symmetric. None if actions are discrete.
    """
    if task in suite.TASKS:
        return np.ones(suite.spec(task).action_size, np.float32)
    if spec(task).choices is not None:
        return None
    world = make_world(task)
    space = world.action_space
    world.close()
    return space.high if isinstance(space, gymnasium.spaces.Box) else None
