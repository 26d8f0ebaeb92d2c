"""Evaluation: which actions are played, what is summed, and what it depends on."""

import numpy as np
import pytest
import torch

from mpo_repro.config import load_recipe
from mpo_repro.environments import Spec, Step, envpool_suite
from mpo_repro.mpo import networks
from mpo_repro.training import evaluation, noise, process
from mpo_repro.training.actor import Actor
from mpo_repro.training.problem import Problem

RECIPE = load_recipe("default")
NETWORK = networks.PolicyNetwork(
    2, 1, networks.Torso((4,), "elu", True), "diagonal", "linear", 0.3, 1e-3
)


class Echo:
    """An environment's return is the sum of its actions over three steps.

    What it pays after its end must not be counted.
    """

    spec = Spec("echo", 2, 1, 3)

    def __init__(self, count):
        self.count, self.actions = count, []

    def reset(self, number=0):
        self.number = number
        return np.zeros((self.count, 2), np.float32)

    def step(self, actions):
        self.actions.append(actions.copy())
        # Environment 0 ends after two steps already, the others after three.
        over = np.full(self.count, len(self.actions) >= 3)
        over[0] = len(self.actions) == 2
        return Step(self.reset(3), actions[:, 0], np.zeros_like(over), over)


@pytest.fixture
def policy():
    return networks.initial_policy(NETWORK, torch.Generator().manual_seed(0))


def acting(network, vector):
    return evaluation.acting(Problem(network, None, RECIPE, {}), {"policy": vector})


def play(policy, count, still):
    environments = Echo(count)
    draws = noise.generator(0, "evaluation", 7)
    act = acting(NETWORK, policy)
    returns = evaluation._play(environments, act, 3, draws, still)
    assert environments.number == 3
    return returns, np.stack(environments.actions)[..., 0]


def test_the_first_episodes_act_with_the_mean_and_the_others_draw(policy):
    _, actions = play(policy, 6, 3)
    mean, stddev = networks.policy(NETWORK, policy, torch.zeros(2))
    assert np.allclose(actions[:, :3], float(mean), atol=1e-7)
    assert (np.abs(actions[:, 3:] - float(mean)) > 1e-4).all()
    _, many = play(policy, 4000, 0)
    assert many.std() == pytest.approx(float(stddev), rel=0.05)


def test_rewards_count_until_the_first_end(policy):
    returns, actions = play(policy, 4, 2)
    known = actions.sum(0)
    known[0] = actions[:2, 0].sum()
    np.testing.assert_allclose(returns, known, rtol=1e-6)


def test_returns_depend_on_seed_and_number_and_on_nothing_before():
    def returns(stage, number):
        network = NETWORK._replace(observation_size=5)
        vector = networks.initial_policy(network, torch.Generator().manual_seed(1))
        act = acting(network, vector)
        found = stage.play(act, number)
        assert set(found) == set(evaluation.KINDS)
        assert all(value.shape == (1,) for value in found.values())
        return {kind: value.tolist() for kind, value in found.items()}

    stages = [evaluation.Stage("cartpole-balance", "envpool", s, 1) for s in (0, 0, 1)]
    first = returns(stages[0], 2)
    assert returns(stages[0], 3) != first
    stages[1].prepare()
    assert returns(stages[1], 2) == first == returns(stages[0], 2)
    assert returns(stages[2], 2) != first
    assert all(0 < value < 1000 for values in first.values() for value in values)


def test_what_evaluations_need_is_there_before_the_first_step(
    plan, tmp_path, monkeypatch
):
    order = []

    def noting(owner, name):
        function = getattr(owner, name)

        def noted(*given):
            order.append(name)
            return function(*given)

        monkeypatch.setattr(owner, name, noted)

    noting(evaluation.Stage, "prepare")
    noting(envpool_suite.EnvPoolSuite, "_make")
    noting(Actor, "step")
    process.train(plan(steps=40, interval=20), tmp_path / "looks")
    first = order.index("step")
    assert order[:first] == ["_make", "prepare", "_make"]  # training's are the first
    assert not {"_make", "prepare"} & {*order[first:]}
    order.clear()
    process.train(plan(steps=40, interval=50), tmp_path / "never")
    assert order[:2] == ["_make", "step"]
