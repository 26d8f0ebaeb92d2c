"""Finger's contacts are those of published results, whatever MuJoCo makes of them."""

import numpy as np
import pytest

from mpo_repro.environments import make, suite
from mpo_repro.environments.dm_control_suite import DmControlSuite
from mpo_repro.environments.envpool_suite import EnvPoolSuite

FINGER = ["finger-spin", "finger-turn_easy", "finger-turn_hard"]
# What dm_control's own loop gives after 50 steps with MuJoCo 2.3.7, 3.0.0, 3.4.0, 3.7.0
# and 3.17.0, in rad/s. With 3.5.0 and 3.6.0: -10.3, -5.6, 20.5.
VELOCITIES = -11.4753195712, -6.2829173742, -2.8530444564


def swing(simulator, seed):
    """Swings to and fro: the velocities after 50 steps, rad/s."""
    simulator.begin([seed])
    for turn in range(50):
        step = simulator.advance(np.full((1, 2), -1.0 if turn // 10 % 2 == 0 else 1.0))
    return step.observations[0, 4:7]


def test_the_spinner_is_hit_as_hard():
    velocities = swing(DmControlSuite("finger-spin", 1), seed=0)
    np.testing.assert_allclose(velocities, VELOCITIES, rtol=1e-5)


@pytest.mark.parametrize("task", FINGER)
def test_no_weight_is_left_of_what_does_not_move(task):
    simulator = DmControlSuite(task, 2)
    simulator.begin([0, 1])
    for environment in simulator._environments:
        model = environment.physics.model
        assert model.body_invweight0[model.name2id("spinner", "body"), 0] == 0.0


@pytest.mark.parametrize("task", FINGER)
def test_envpools_is_not_offered(task):
    with pytest.raises(ValueError, match="'envpool'; allowed: dm_control$"):
        make(task, 1, 0, 0, "envpool")
    assert task not in suite.IN_ENVPOOL


def test_envpools_is_still_another(libstdcxx_random):
    """Once this fails, EnvPool's MuJoCo has stiff contacts, and can be offered."""
    reference = DmControlSuite("finger-spin", 1)
    reference._environments[0].task._random = libstdcxx_random
    stiff, given = (
        [swing(simulator, seed) for seed in range(5)]
        for simulator in (reference, EnvPoolSuite("finger-spin", 1))
    )
    assert not np.allclose(stiff, given, atol=0.1)
