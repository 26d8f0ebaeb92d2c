"""The table of gymnasium's tasks against gymnasium."""

import gymnasium
import numpy as np
import pytest

from mpo_repro.environments import spec
from mpo_repro.environments.gymnasium_tasks import TASKS, registered

pytestmark = pytest.mark.filterwarnings("ignore:.*is out of date")


@pytest.mark.parametrize("task", TASKS)
def test_sizes_are_those_of_gymnasium(task):
    name, options = registered(task)
    environment = gymnasium.make(name, **options)
    sizes, actions = spec(task), environment.action_space
    assert environment.observation_space.shape == (sizes.observation_size,)
    assert environment.spec.max_episode_steps == sizes.episode_length
    if sizes.choices is not None:
        assert (sizes.action_size, sizes.choices) == (1, actions.n)
        assert actions.start == 0
    else:
        assert actions.shape == (sizes.action_size,)
        # So that one factor scales [-1, 1] to the bounds.
        np.testing.assert_array_equal(actions.low, -actions.high)


def test_only_one_task_is_an_option():
    renamed = {task: registered(task) for task in TASKS if registered(task)[0] != task}
    given = {"LunarLanderContinuous-v3": ("LunarLander-v3", {"continuous": True})}
    assert renamed == given
