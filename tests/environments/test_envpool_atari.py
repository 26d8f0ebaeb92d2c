"""Atari through EnvPool: sizes, ends, starts and exact restoring."""

import envpool
import numpy as np
import pytest

from mpo_repro.environments import atari, make, spec
from mpo_repro.environments.envpool_atari import EnvPoolAtari, pool_name

every_game = pytest.mark.parametrize("task", atari.TASKS)


def play(batch, steps, seed=0):
    shape = steps, batch.count, 1
    draws = np.random.default_rng(seed).integers(batch.spec.choices, size=shape)
    return [batch.step(action) for action in draws.astype(np.float32)]


@every_game
def test_sizes_are_those_of_envpool(task):
    pool = envpool.make_gymnasium(pool_name(task), num_envs=1)
    assert pool.action_space.n == spec(task).choices
    assert pool.observation_space.shape == spec(task).observation_shape
    assert pool.config["max_episode_steps"] == spec(task).episode_length
    assert spec(task).observation_size == 4 * 84 * 84


@every_game
def test_restoring_goes_on_bit_for_bit(task):
    ours, theirs = make(task, 2, 1, 0), make(task, 2, 1, 0)
    ours.reset()
    last = play(ours, 40)[-1].observations
    assert (last.shape, last.dtype) == ((2, 4, 84, 84), np.uint8)
    np.testing.assert_array_equal(theirs.restore(ours.state()), last)
    for left, right in zip(play(ours, 40, 9), play(theirs, 40, 9), strict=True):
        for mine, other in zip(left, right, strict=True):
            np.testing.assert_array_equal(mine, other)


def test_a_frame_is_the_youngest_of_four():
    batch = make("atari-breakout", 1, 0, 0)
    before = batch.reset()
    for step in play(batch, 20):
        np.testing.assert_array_equal(step.observations[:, :3], before[:, 1:])
        before = step.observations


def test_a_game_that_is_over_is_terminated_and_another_begins():
    batch = make("atari-breakout", 2, 0, 0)
    batch.reset()
    steps = play(batch, 400)
    terminated = np.array([step.terminated for step in steps])
    rewards = np.array([step.rewards for step in steps])
    assert terminated.any(axis=0).all()
    assert not np.array([step.truncated for step in steps]).any()
    for index, environment in np.argwhere(terminated[:-1]):
        assert rewards[index + 1, environment] == 0
        assert not terminated[index + 1, environment]


def test_the_time_limit_truncates(monkeypatch):
    monkeypatch.setattr(atari, "EPISODE_LENGTH", 30)
    simulator = EnvPoolAtari("atari-pong")
    simulator.begin([3])
    steps = [simulator.advance(np.zeros((1, 1), np.float32)) for _ in range(30)]
    assert [bool(step.truncated[0]) for step in steps] == 29 * [False] + [True]
    assert not any(step.terminated[0] for step in steps)


def test_rewards_are_not_clipped():
    batch = make("atari-qbert", 2, 0, 0)
    batch.reset()
    paid = np.array([step.rewards for step in play(batch, 200)])
    assert set(np.unique(paid)) == {0.0, 25.0}
