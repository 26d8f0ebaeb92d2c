"""When updates are due: at a steady ratio, or after each iteration's steps.

Source: P1, Algorithm 2 (gather episodes, then learn); published code learns at a
steady ratio.
"""

import math

from mpo_repro.config.recipe import Data


def updates_due(data: Data, environment_steps: int) -> int:
    """Returns how many updates a run has to have taken by some environment step."""
    if data.steps_per_iteration is not None:
        iterations = environment_steps // data.steps_per_iteration
        return iterations * data.updates_per_iteration
    beyond = max(environment_steps - data.initial_steps, 0)
    return math.ceil(beyond / data.steps_per_update)
