"""What the wrapper costs over EnvPool itself."""

import time
from types import SimpleNamespace

import envpool
import numpy as np
import pytest

from mpo_repro.environments import envpool_suite, make


class Clocked:
    """A pool that notes the seconds spent in each of its steps."""

    def __init__(self, pool):
        self._pool, self.seconds = pool, []

    def __getattr__(self, name):
        return getattr(self._pool, name)

    def step(self, actions):
        start = time.perf_counter()
        result = self._pool.step(actions)
        self.seconds.append(time.perf_counter() - start)
        return result


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
def test_a_step_takes_at_most_1_2_times_that_of_the_pool(task, monkeypatch):
    pools = []  # the pool is timed within our step, so that both see the same load

    def clocked(*args, **settings):
        pools.append(Clocked(envpool.make(*args, **settings)))
        return pools[-1]

    monkeypatch.setattr(envpool_suite, "envpool", SimpleNamespace(make=clocked))
    environments = Clocked(make(task, 8, seed=0, stream=0))
    environments.reset()
    size = (1000, 8, environments.spec.action_size)
    for action in np.random.default_rng(0).uniform(-1, 1, size).astype(np.float32):
        environments.step(action)
    (pool,) = pools
    assert len(pool.seconds) == len(environments.seconds) == 1000
    assert np.median(environments.seconds) < 1.2 * np.median(pool.seconds)
