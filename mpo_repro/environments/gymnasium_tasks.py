"""The gymnasium tasks that the paper's re-implementations report on, as a table.

A task is called by gymnasium's id. The one exception is LunarLander with continuous
actions, an option of `LunarLander-v3`: here as in gymnasium before 1.0 it has an id of
its own, `LunarLanderContinuous-v3`.

Written down for the reason given in `suite.py`; the tests hold it against gymnasium.
Reacher-v4 has 11 observations, v5 10: the vertical distance to the target, always 0,
was dropped.

Source: Towers et al. (2024), "Gymnasium: A Standard Interface for Reinforcement
Learning Environments"; ids and options of gymnasium 1.4.
"""

from mpo_repro.environments.interface import Spec

# task: (O, A, episode length, number of discrete actions or None).
_SIZES = {
    "Acrobot-v1": (6, 1, 500, 3),
    "CartPole-v1": (4, 1, 500, 2),
    "HalfCheetah-v4": (17, 6, 1000, None),
    "HalfCheetah-v5": (17, 6, 1000, None),
    "Hopper-v5": (11, 3, 1000, None),
    "InvertedPendulum-v4": (4, 1, 1000, None),
    "InvertedPendulum-v5": (4, 1, 1000, None),
    "LunarLander-v3": (8, 1, 1000, 4),
    "LunarLanderContinuous-v3": (8, 2, 1000, None),
    "Pendulum-v1": (3, 1, 200, None),
    "Reacher-v4": (11, 2, 50, None),
    "Reacher-v5": (10, 2, 50, None),
}
_OPTIONS = {"LunarLanderContinuous-v3": ("LunarLander-v3", {"continuous": True})}

TASKS = tuple(_SIZES)


def spec(task: str) -> Spec:
    """Gives the sizes of a task.

    Raises:
      KeyError: if the task is none of `TASKS`.
    """
    return Spec(task, *_SIZES[task])


def registered(task: str) -> tuple[str, dict[str, bool]]:
    """Gives gymnasium's id of a task and the options that it takes."""
    return _OPTIONS.get(task, (task, {}))
