"""A game of Atari from frames to a run folder: DQN's networks on the processor."""

import pandas as pd
import pytest
import torch

from mpo_repro.config import ConfigError, load_recipe, override
from mpo_repro.config.files import CHECKOUT
from mpo_repro.environments import make, spec
from mpo_repro.training import checkpoint, run
from mpo_repro.training.problem import action_size, problem

RECIPES = CHECKOUT / "paper_configs" / "recipes"
GAME = "atari-pong"  # a game that ends whatever is done in it
QUICK = {
    "data.batch_states": 8,
    "data.initial_steps": 500,
    "data.steps_per_update": 20.0,
    "data.buffer_size": 1500,  # so that the ring comes round
    "policy_evaluation.sequence_length": 4,
    "optimisation.target_period": 20,
}
STEPS = 3000


class StopAt:
    """A stop signal that comes after some number of iterations."""

    def __init__(self, iterations):
        self.left = iterations

    def is_set(self):
        self.left -= 1
        return self.left <= 0


@pytest.fixture
def atari():
    return load_recipe(RECIPES / "atari.yaml")


def learnt(folder):
    states = (folder / "checkpoint").glob("state-*")
    newest = max(states, key=lambda path: int(path.stem.partition("-")[2]))
    return checkpoint.read_state(newest)[0]


def test_images_need_dqn_and_vectors_an_mlp(atari):
    assert action_size(atari, spec(GAME)) == 6
    with pytest.raises(ConfigError, match=r"policy.torso: given dqn, on CartPole-v1"):
        action_size(atari, spec("CartPole-v1"))
    with pytest.raises(ConfigError, match="policy.torso: given mlp, on atari-pong"):
        action_size(load_recipe(RECIPES / "categorical.yaml"), spec(GAME))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"critic.torso": "mlp"}, "policy.torso and critic.torso alike"),
        ({"policy.torso": "mlp"}, "policy.torso and critic.torso alike"),
        ({"data.normalise_observations": True}, "normalise_observations: false"),
    ],
)
def test_torsos_that_do_not_fit_are_refused(atari, changes, told):
    with pytest.raises(ConfigError, match=told):
        override(atari, changes)


def test_a_gaussian_policy_has_no_dqn_critic():
    with pytest.raises(ConfigError, match="dqn with policy.distribution: categorical"):
        override(load_recipe(RECIPES / "paper.yaml"), {"critic.torso": "dqn"})


def test_the_networks_are_dqns(atari):
    found = problem(atari, spec(GAME).observation_size, 6)
    for network in (found.policy, found.critic):
        assert network.torso.hidden == (512,)
        assert network.torso.convolutions.image == spec(GAME).image
        assert network.torso.convolutions.layers == ((32, 8, 4), (64, 4, 2), (64, 3, 1))


def test_an_episode_begins_with_one_frame_in_place_of_all():
    """What replay takes for granted when it puts stacks together."""
    for game in ("atari-breakout", "atari-boxing"):
        batch = make(game, 2, 0, 0)
        for first in (batch.reset(), batch.reset(1)):
            assert (first == first[:, -1:]).all()
        batch.close()


@pytest.mark.slow
def test_a_game_is_learnt_and_goes_on_bit_for_bit(atari, tmp_path):
    """3,000 steps in one go, and stopped twice: in the warm-up and past the ring."""
    plan = run.Plan(override(atari, QUICK), GAME, 3, STEPS, STEPS, 1)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run.Run(plan, whole).train(None, StopAt(10**9))
    for iterations in (100, 400):
        with pytest.raises(run.InterruptedRunError):
            run.Run(plan, parts).train(None, StopAt(iterations))
    going = run.Run(plan, parts)
    assert going.actor.observations.shape == (1, 4, 4, 84, 84)
    going.train(None, StopAt(10**9))
    known, found = learnt(whole), learnt(parts)
    assert known.keys() == found.keys()
    for name, value in known.items():
        assert torch.equal(value, found[name]), name
    for table in ("curve", "diagnostics"):
        tables = [pd.read_parquet(f / f"{table}.parquet") for f in (whole, parts)]
        pd.testing.assert_frame_equal(*tables)
    curve = pd.read_parquet(whole / "curve.parquet")
    assert set(curve["kind"]) == {"mean", "sampled"}  # no game of training is over yet
    assert curve["episode_return"].between(-21, 21).all()
    assert going.learner.updates == 125
    moved = known["policy"] - going.learner.state["target_policy"]
    assert moved.abs().max() > 0
