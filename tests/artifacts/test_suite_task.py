"""The control suite as gymnasium sees it: its own checker, and training's numbers."""

import os
import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from mpo_repro.artifacts import renderer, suite_task
from mpo_repro.environments import make, suite

suite_task.register()
FAST = ("cartpole-swingup", "ball_in_cup-catch")


def checked(task):
    environment = gymnasium.make(suite_task.environment_id(task))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Observations have no bounds, which it would rather they had.
        warnings.filterwarnings("ignore", message=".*minimum value is -infinity.*")
        warnings.filterwarnings("ignore", message=".*maximum value is infinity.*")
        check_env(environment.unwrapped, skip_render_check=True)
    return environment


@pytest.mark.parametrize("task", FAST)
def test_gymnasiums_checker_has_nothing_to_say(task):
    checked(task)


@pytest.mark.slow
@pytest.mark.parametrize("task", sorted(set(suite.TASKS) - set(FAST)))
def test_gymnasiums_checker_has_nothing_to_say_of_any_task(task):
    checked(task)


def test_every_task_is_registered_once():
    suite_task.register()
    found = [name for name in gymnasium.registry if name.startswith("mpo_repro/")]
    assert len(found) == len(suite.TASKS) == 28
    assert "mpo_repro/cartpole-swingup-v0" in found


def test_an_episode_is_that_of_training():
    """Same start, same actions: the rewards of the environments that runs use."""
    environment = gymnasium.make("mpo_repro/cartpole-swingup-v0")
    observation, _ = environment.reset(seed=5)
    start = int(np.random.default_rng(5).integers(2**31))
    batch = make("cartpole-swingup", 1, 0, 0, "dm_control")
    expected = batch._simulator.begin([start])
    np.testing.assert_array_equal(observation, expected[0])
    for action in (0.5, -1.0, 0.25):
        step = batch._simulator.advance(np.array([[action]], np.float32))
        found = environment.step(np.array([action], np.float32))
        np.testing.assert_array_equal(found[0], step.observations[0])
        assert found[1] == step.rewards[0]


def test_an_episode_ends_by_its_time_limit_alone():
    environment = gymnasium.make("mpo_repro/cartpole-balance-v0")
    environment.reset(seed=0)
    action = np.zeros(1, np.float32)
    ends = [environment.step(action)[2:4] for _ in range(suite.EPISODE_LENGTH)]
    assert set(ends[:-1]) == {(False, False)}
    assert ends[-1] == (False, True)


def test_without_a_seed_the_next_episode_begins_elsewhere():
    environment = suite_task.SuiteTask("reacher-easy")
    starts = [environment.reset(seed=3)[0], environment.reset()[0]]
    assert not np.array_equal(*starts)
    again = [environment.reset(seed=3)[0], environment.reset()[0]]
    np.testing.assert_array_equal(starts, again)


def test_a_frame_lasts_as_long_as_a_step():
    assert suite_task.SuiteTask("cartpole-swingup").metadata["render_fps"] == 100
    assert suite_task.SuiteTask("walker-walk").metadata["render_fps"] == 40


def test_what_is_not_known_is_refused():
    with pytest.raises(ValueError, match="rgb_array, not 'human'"):
        suite_task.SuiteTask("reacher-easy", "human")
    with pytest.raises(ValueError, match="unknown task"):
        suite_task.SuiteTask("reacher-eazy")


def test_without_a_mode_nothing_is_drawn():
    environment = suite_task.SuiteTask("reacher-easy")
    environment.reset(seed=0)
    assert environment.render() is None


DRAWS = """
import gymnasium, mpo_repro
environment = gymnasium.make("mpo_repro/reacher-easy-v0", render_mode="rgb_array")
environment.reset(seed=0)
picture = environment.render()
assert picture.shape == (240, 320, 3) and picture.std() > 10, picture
environment.close()
"""


@pytest.mark.slow
def test_a_renderer_is_found_and_a_picture_drawn():
    try:
        renderer.find()
    except renderer.NoRendererError as error:
        pytest.skip(str(error))
    without = {k: v for k, v in os.environ.items() if k != renderer.VARIABLE}
    subprocess.run([sys.executable, "-c", DRAWS], check=True, env=without)
