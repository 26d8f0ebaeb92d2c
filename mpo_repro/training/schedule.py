"""When updates are due: at a steady ratio, or after each iteration's steps.

Source: P1, Algorithm 2 (gather episodes, then learn); the published runs learn at a
steady ratio.
"""

import math

from mpo_repro.config.recipe import Data


def updates_due(data: Data, environment_steps: int) -> int:
    """Returns how many updates a run has to have taken by some environment step."""
    initial = data.initial_steps or 0  # none: the first iteration's end comes later
    if environment_steps <= initial:
        return 0
    if data.steps_per_iteration is not None:
        iterations = environment_steps // data.steps_per_iteration
        return iterations * data.updates_per_iteration
    return math.ceil((environment_steps - initial) / data.steps_per_update)


def newest_rows(data: Data) -> int | None:
    """Returns from how many of each environment's last rows is learnt; None: all.

    An iteration's steps are counted over all workers, each with its own environments.
    """
    if not data.clears_buffer:
        return None
    return data.steps_per_iteration // (data.environments * data.workers)
