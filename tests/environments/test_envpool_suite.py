"""What the wrapper costs over EnvPool itself."""

import time

import numpy as np
import pytest

from mpo_repro.environments import make
from mpo_repro.environments.envpool_suite import EnvPoolSuite

STEPS = 200


def seconds(step, actions):
    start = time.perf_counter()
    for action in actions:
        step(action)
    return time.perf_counter() - start


TASKS_OF_ALL_RESETS = ["acrobot-swingup", "finger-turn_hard", "reacher-hard"]


@pytest.mark.parametrize("task", TASKS_OF_ALL_RESETS)
def test_an_episode_begins_alike_whether_those_before_were_played_or_skipped(task):
    played, skipped = (make(task, 2, seed=5, stream=1) for _ in range(2))
    actions = np.zeros((2, played.spec.action_size), np.float32)
    played.reset()
    for _ in range(2 * (played.spec.episode_length + 1)):
        start = played.step(actions).observations
    np.testing.assert_array_equal(skipped.reset(2), start)
    np.testing.assert_array_equal(skipped.reset(2), start)  # going back, too
    assert (skipped.reset(1) != start).any()


@pytest.mark.slow
@pytest.mark.parametrize("task", ["cheetah-run", "fish-swim", "humanoid-run"])
def test_a_step_takes_at_most_1_2_times_that_of_the_pool(task):
    environments = make(task, 8, seed=0, stream=0)
    pool = EnvPoolSuite(task, 8)
    shape = (STEPS, 8, environments.spec.action_size)
    actions = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    ours, raw = [], []
    for repeat in range(12):  # in turn, so that both see the machine's load
        environments.reset()
        pool.begin([repeat] * 8)
        ours.append(seconds(environments.step, actions))
        pool.begin([repeat] * 8)
        raw.append(seconds(pool._pool.step, actions))
    assert min(ours) < 1.2 * min(raw)
