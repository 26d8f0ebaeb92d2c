"""What the wrapper costs over EnvPool itself, and what it leaves out."""

import subprocess
import sys
import time
from types import SimpleNamespace
from xml.etree import ElementTree

import envpool
import numpy as np
import pytest

from mpo_repro.environments import envpool_suite, make, suite
from mpo_repro.environments.envpool_models import without_pictures


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

    def send(self, actions):
        start = time.perf_counter()
        self._pool.send(actions)
        self._sending = time.perf_counter() - start

    def recv(self):
        start = time.perf_counter()
        result = self._pool.recv()
        self.seconds.append(self._sending + time.perf_counter() - start)
        return result


def trajectory(pool, task, steps=40):
    """All that a pool gives under random actions, as bytes; two episodes begin."""
    size, keys = suite.spec(task).action_size, suite.observation_layout(task)
    seen = [pool.reset()]
    for action in np.random.default_rng(1).uniform(-1, 1, (steps, 2, size)):
        seen.append(pool.step(action.astype(np.float32)))
    rewards = [step.reward.tobytes() for step in seen[1:]]  # a reset has none
    seen.append(pool.reset())
    parts = [[getattr(step.observation, key) for key in keys] for step in seen]
    return rewards, [part.tobytes() for step in parts for part in step]


@pytest.mark.parametrize("task", suite.TASKS)
def test_the_physics_of_a_model_without_pictures_is_the_same_to_the_bit(task):
    given = {"env_type": "dm", "num_envs": 2, "batch_size": 2, "seed": [3, 4]}
    given["num_threads"] = 1
    name = envpool_suite.pool_name(task)
    whole = envpool.make(name, **given)
    with without_pictures(suite.split(task)[0]) as assets:
        bare = envpool.make(name, **given, base_path=str(assets))
    assert trajectory(bare, task) == trajectory(whole, task)


@pytest.mark.parametrize("domain", sorted({suite.split(t)[0] for t in suite.TASKS}))
def test_no_model_has_a_picture_larger_than_a_pixel(domain):
    with without_pictures(domain) as assets:
        texts = [path.read_text() for path in assets.rglob("*.xml")]
    assert not assets.exists()
    found = [t for text in texts for t in ElementTree.fromstring(text).iter("texture")]
    assert len(found) >= 2
    assert {(t.get("width"), t.get("height")) for t in found} == {("1", "1")}


def test_a_run_imports_no_family_of_environments_but_its_own():
    code = (
        "import sys; from mpo_repro.environments import make\n"
        "make('cheetah-run', 1, 0, 0).reset()\n"
        "print('matplotlib' in sys.modules, 'envpool.jumanji' in sys.modules)\n"
        "import envpool, envpool.entry\n"
        "print('CartPole-v1' in envpool.list_all_envs())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["False", "False", "True"], "")


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
