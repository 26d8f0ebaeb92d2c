"""When updates are due: at a steady ratio, or after what each iteration gathers.

Source: P1, Algorithm 2 (gather episodes, then learn); published code learns at a
steady ratio.
"""

import math

from mpo_repro.config.recipe import Data


def updates_due(data: Data, environment_steps: int, episodes: int) -> int:
    """Returns how many updates a run has to have taken.

    Args:
      data: its settings.
      environment_steps: that it has taken.
      episodes: of those steps that have ended.
    """
    if data.episodes_per_iteration is not None:
        return episodes // data.episodes_per_iteration * data.updates_per_iteration
    if data.steps_per_iteration is not None:
        iterations = environment_steps // data.steps_per_iteration
        return iterations * data.updates_per_iteration
    beyond = max(environment_steps - data.initial_steps, 0)
    return math.ceil(beyond / data.steps_per_update)


def updates_expected(data: Data, environment_steps: int, episode_length: int) -> int:
    """Returns how many that is where every episode lasts until the time limit."""
    return updates_due(data, environment_steps, environment_steps // episode_length)
