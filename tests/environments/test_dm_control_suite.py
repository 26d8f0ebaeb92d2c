"""Episodes of dm_control follow each other in one model: nothing may leak."""

import numpy as np
import pytest

from mpo_repro.environments import spec, suite
from mpo_repro.environments.dm_control_suite import DmControlSuite


def trajectory(task, simulator, seed, generator):
    size = spec(task).action_size
    actions = generator.uniform(-1, 1, (25, 1, size)).astype(np.float32)
    start = simulator.begin([seed])
    return [start, *(array for act in actions for array in simulator.advance(act)[:2])]


@pytest.mark.parametrize("task", suite.TASKS)
def test_an_episode_is_that_of_a_fresh_environment(task):
    used, fresh = DmControlSuite(task, 1), DmControlSuite(task, 1)
    for seed in (4, 5):
        trajectory(task, used, seed, np.random.default_rng(seed))
    ours = trajectory(task, used, 6, np.random.default_rng(6))
    theirs = trajectory(task, fresh, 6, np.random.default_rng(6))
    for left, right in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(left, right)
