"""A batch of one, as Stable-Baselines3 sees it, against the batch itself."""

import numpy as np
import pytest
from gymnasium import spaces

from mpo_repro.baselines.environment import SingleEnvironment, aligned
from mpo_repro.environments import make


def both(task, seed=0):
    return SingleEnvironment(make(task, 1, seed, 0)), make(task, 1, seed, 0)


@pytest.mark.parametrize(
    ("task", "action", "limit"),
    [("Pendulum-v1", [[0.3]], True), ("CartPole-v1", [1], False)],
)
def test_the_end_of_an_episode_gives_its_last_observation_and_the_next_first(
    task, action, limit
):
    ours, theirs = both(task)
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    total, action = 0.0, np.array(action)
    for _ in range(450):
        observations, rewards, ended, (about,) = ours.step(action)
        step = theirs.step(np.float32(action).reshape(1, 1))
        total += float(step.rewards[0])
        np.testing.assert_array_equal(rewards, step.rewards)
        assert ended[0] == (step.terminated[0] or step.truncated[0])
        if ended[0]:
            last = about["terminal_observation"]
            np.testing.assert_array_equal(last, step.observations[0])
            assert about["TimeLimit.truncated"] == step.truncated[0] == limit
            assert about["episode_return"] == total
            step, total = theirs.step(np.float32(action).reshape(1, 1)), 0.0
        np.testing.assert_array_equal(observations, step.observations)
    assert ours.episode_return == total


def test_spaces_are_those_of_the_task():
    swimmer, _ = both("swimmer-swimmer6")
    assert swimmer.observation_space.shape == (25,)
    assert swimmer.action_space == spaces.Box(-1.0, 1.0, (5,), np.float32)
    assert both("Acrobot-v1")[0].action_space == spaces.Discrete(3)


def test_a_copy_lies_where_torch_puts_it():
    raw = np.zeros(64 + 8, np.uint8)
    offset = -raw.ctypes.data % 64 + 4
    array = raw[offset : offset + 16].view(np.float32)
    assert array.ctypes.data % 64 == 4
    assert aligned(array).ctypes.data % 64 == 0
    assert aligned(array) is not array
