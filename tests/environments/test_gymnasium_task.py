"""Single environments of gymnasium: its very numbers, and nothing leaks."""

import subprocess
import sys

import gymnasium
import numpy as np
import pytest

from mpo_repro.environments import spec
from mpo_repro.environments.gymnasium_task import GymnasiumTask
from mpo_repro.environments.gymnasium_tasks import TASKS, registered

every_task = pytest.mark.parametrize("task", TASKS)


def random_actions(task, steps, seed=0):
    generator, sizes = np.random.default_rng(seed), spec(task)
    shape = steps, 1, sizes.action_size
    if sizes.choices is not None:
        return generator.integers(sizes.choices, size=shape).astype(np.float32)
    return generator.uniform(-1, 1, shape).astype(np.float32)


def episode(simulator, task, seed, steps=200):
    """Plays until the episode ends; observations, rewards and flags as one list."""
    arrays = [simulator.begin([seed])]
    for action in random_actions(task, steps, seed):
        step = simulator.advance(action)
        arrays.extend(step)
        if step.terminated[0] or step.truncated[0]:
            break
    return arrays


@every_task
@pytest.mark.filterwarnings("ignore:.*is out of date")
def test_a_step_is_gymnasiums_step(task):
    name, options = registered(task)
    theirs, ours = gymnasium.make(name, **options), GymnasiumTask(task)
    observation, _ = theirs.reset(seed=9)
    np.testing.assert_array_equal(ours.begin([9])[0], observation.astype(np.float32))
    discrete = spec(task).choices is not None
    for action in random_actions(task, 60):
        scaled = int(action[0, 0]) if discrete else action[0] * theirs.action_space.high
        observation, reward, terminated, truncated, _ = theirs.step(scaled)
        step = ours.advance(action)
        np.testing.assert_array_equal(
            step.observations[0], np.float32(observation), strict=True
        )
        assert step.rewards.tolist() == [np.float32(reward)]
        assert (step.terminated[0], step.truncated[0]) == (terminated, truncated)
        if terminated or truncated:
            return


@every_task
def test_an_episode_is_that_of_a_fresh_environment(task):
    used, fresh = GymnasiumTask(task), GymnasiumTask(task)
    for seed in (4, 5):
        episode(used, task, seed)
    for left, right in zip(
        episode(used, task, 6), episode(fresh, task, 6), strict=True
    ):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("task", ["Pendulum-v1", "InvertedPendulum-v4"])
def test_the_largest_action_is_the_bound(task):
    simulator = GymnasiumTask(task)
    simulator.begin([0])
    given = []
    simulator._environment = type(
        "Recorder", (), {"step": lambda _, a: (given.append(a), 0.0, 0.0, 0, 0, {})[1:]}
    )()
    simulator.advance(np.ones((1, 1), np.float32))
    bound = {"Pendulum-v1": 2.0, "InvertedPendulum-v4": 3.0}[task]
    assert [action.tolist() for action in given] == [[bound]]


@pytest.mark.parametrize(
    "task", ["InvertedPendulum-v4", "InvertedPendulum-v5", "Hopper-v5", "CartPole-v1"]
)
def test_falling_over_is_a_termination(task):
    *_, terminated, truncated = episode(GymnasiumTask(task), task, 3)
    assert (terminated[0], truncated[0]) == (True, False)


@pytest.mark.parametrize(
    ("task", "length"), [("Pendulum-v1", 200), ("Reacher-v4", 50), ("Reacher-v5", 50)]
)
def test_the_time_limit_is_a_truncation(task, length):
    start, *arrays = episode(GymnasiumTask(task), task, 3)
    assert len(arrays) == 4 * length
    assert (arrays[-2][0], arrays[-1][0]) == (False, True)


def test_a_fall_in_the_last_step_is_a_termination_only():
    simulator = GymnasiumTask("InvertedPendulum-v5")
    limit = simulator._environment
    while not isinstance(limit, gymnasium.wrappers.TimeLimit):
        limit = limit.env
    steps = len(episode(simulator, "InvertedPendulum-v5", 3)) // 4
    limit._max_episode_steps = steps
    *_, terminated, truncated = episode(simulator, "InvertedPendulum-v5", 3)
    assert limit._elapsed_steps == steps
    assert (terminated[0], truncated[0]) == (True, False)


def test_making_a_task_prints_nothing():
    code = (
        "from mpo_repro.environments.gymnasium_task import GymnasiumTask\n"
        "GymnasiumTask('LunarLander-v3'), GymnasiumTask('Reacher-v4')"
    )
    command = [sys.executable, "-W", "ignore:builtin type", "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (told.stdout, told.stderr) == ("", "")
