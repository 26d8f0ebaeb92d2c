"""The table of tasks against dm_control and EnvPool."""

import subprocess
import sys

import numpy as np
import pytest
from dm_control import suite as dm_suite

from mpo_repro.environments import spec, suite
from mpo_repro.environments.envpool_suite import EnvPoolSuite, pool_name


def test_the_tasks_are_the_benchmarking_set_in_its_order():
    names = tuple(f"{domain}-{task}" for domain, task in dm_suite.BENCHMARKING)
    assert names == suite.TASKS
    assert len(suite.TASKS) == 28


@pytest.mark.parametrize("task", suite.TASKS)
def test_sizes_are_those_of_dm_control(task):
    environment = dm_suite.load(*suite.split(task))
    sizes = {
        key: int(np.prod(array.shape))
        for key, array in environment.observation_spec().items()
    }
    assert list(suite.observation_layout(task).items()) == list(sizes.items())
    assert spec(task).observation_size == sum(sizes.values())
    bounds = environment.action_spec()
    assert bounds.shape == (spec(task).action_size,)
    assert environment._step_limit == spec(task).episode_length
    # So that actions in [-1, 1] need no mapping.
    assert np.all(bounds.minimum == -1)
    assert np.all(bounds.maximum == 1)


@pytest.mark.parametrize("task", suite.TASKS)
def test_sizes_are_those_of_envpool(task):
    simulator = EnvPoolSuite(task, 1)
    simulator.begin([0])
    pool, bounds = simulator._pool, simulator._pool.action_spec()
    assert bounds.shape == (spec(task).action_size,)
    assert (bounds.minimum, bounds.maximum) == (-1, 1)
    assert pool.config["max_episode_steps"] == spec(task).episode_length
    for key, size in suite.observation_layout(task).items():
        assert np.prod(getattr(pool.observation_spec(), key).shape) == size


def test_pool_names():
    assert pool_name("ball_in_cup-catch") == "BallInCupCatch-v1"
    assert pool_name("swimmer-swimmer15") == "SwimmerSwimmer15-v1"


@pytest.mark.parametrize("ask", [suite.observation_layout, suite.split, suite.spec])
def test_a_task_of_another_family_is_none_of_the_suite(ask):
    with pytest.raises(KeyError, match="Reacher-v4"):
        ask("Reacher-v4")


def test_sizes_need_no_simulator():
    program = (
        "import sys; from mpo_repro.environments import spec; spec('cheetah-run');"
        "print({'dm_control', 'envpool', 'mujoco', 'torch'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.check_output(command, text=True).strip() == "set()"
