"""The reward of ball_in_cup-catch: EnvPool's is wrong, ours is dm_control's."""

import numpy as np
import pytest

from mpo_repro.environments.dm_control_suite import DmControlSuite
from mpo_repro.environments.envpool_suite import EnvPoolSuite

TASK = "ball_in_cup-catch"
INSIDE = [233, 562, 662, 740]  # seeds whose ball starts wholly in the target box
STICKS_OUT = [129, 894, 1176, 2164]  # seeds whose ball starts in it, but not wholly
REST = np.zeros((4, 2), np.float32)


@pytest.mark.parametrize(("seeds", "reward"), [(INSIDE, 1.0), (STICKS_OUT, 0.0)])
def test_the_whole_ball_must_be_in_the_target(seeds, reward):
    simulator = EnvPoolSuite(TASK, 4)
    simulator.begin(seeds)
    assert simulator.advance(REST).rewards.tolist() == [reward] * 4


def test_envpool_still_needs_the_correction():
    simulator = EnvPoolSuite(TASK, 4)
    simulator.begin(STICKS_OUT)
    assert simulator._pool.step(REST).reward.tolist() == [1.0] * 4


@pytest.mark.parametrize("seed", INSIDE + STICKS_OUT)
def test_rewards_are_those_of_dm_control(seed, libstdcxx_random):
    fast, reference = EnvPoolSuite(TASK, 1), DmControlSuite(TASK, 1)
    reference._environments[0].task._random = libstdcxx_random
    fast.begin([seed])
    reference.begin([seed])
    actions = np.random.default_rng(seed).uniform(-1, 1, (100, 1, 2))
    for action in 0.3 * actions.astype(np.float32):
        ours, theirs = fast.advance(action), reference.advance(action)
        np.testing.assert_array_equal(ours.rewards, theirs.rewards)
