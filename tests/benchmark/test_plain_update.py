"""The plain update is the fast one, where both are told to compute the same."""

import math

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.benchmark.plain_update import PlainUpdate, Transitions
from mpo_repro.benchmark.sizes import Sizes
from mpo_repro.config import override
from mpo_repro.mpo import networks
from mpo_repro.training import noise
from mpo_repro.training.learner import Learner
from mpo_repro.training.replay import Sequences

torch.set_num_threads(1)
O, A, B, M = 4, 2, 12, 5  # noqa: E741
# What the plain update has: one-step targets, a diagonal policy, the decoupled M-step.
# A stddev of softplus(x): ours scales it to `initial_stddev` at x = 0.
SHARED = {
    "policy.covariance": "diagonal",
    "policy.initial_stddev": math.log(2),
    "policy_evaluation.method": "td_0",
    "policy_evaluation.sequence_length": 1,
    "improvement.m_step": "decoupled",
    "optimisation.target_period": 2,
    "optimisation.gradient_norm": 0.5,
}


@pytest.fixture
def recipe():
    sizes = Sizes(B, M, O, A, (7, 6), (9, 8))
    return override(sizes.settings(), SHARED)


@pytest.fixture
def draws(monkeypatch):
    """One array of noise for both updates, the same at s_t and s_{t+1}."""
    drawn = torch.randn(M, B, A, generator=torch.Generator().manual_seed(3))
    twice = drawn[None, :, :, None].expand(1, M, B, 2, A)
    monkeypatch.setattr(noise, "normal", lambda *_: twice.contiguous())
    monkeypatch.setattr(PlainUpdate, "_noise", lambda *_: drawn)


def copy_into(module: torch.nn.Sequential, layout, vector):
    """Copies a parameter vector of ours into the modules of the plain update."""
    named = networks.unpack(vector, layout)
    linear = [part for part in module if isinstance(part, torch.nn.Linear)]
    for index, part in enumerate(linear):
        weight = named[f"weight_{index}"]
        if index == 0 and "weight_action" in named:
            weight = torch.cat([weight, named["weight_action"]])
        part.weight.data.copy_(weight.T)
        part.bias.data.copy_(named[f"bias_{index}"])
    module[1].weight.data.copy_(named["norm_scale"])
    module[1].bias.data.copy_(named["norm_offset"])


def as_plain(recipe, learner: Learner) -> PlainUpdate:
    plain = PlainUpdate(recipe, O, A)
    problem, state = learner.problem, learner.state
    policy, critic = (
        networks.policy_layout(problem.policy),
        networks.critic_layout(problem.critic),
    )
    copy_into(plain.actor.net, policy, state["policy"][0])
    copy_into(plain.critic.net, critic, state["critic"][0])
    plain.target_actor.load_state_dict(plain.actor.state_dict())
    plain.target_critic.load_state_dict(plain.critic.state_dict())
    return plain


def batches(recipe, number: int) -> tuple[Sequences, Transitions]:
    """One batch in both forms; a transition leads back to its own state."""
    generator = torch.Generator().manual_seed(number)
    states = torch.randn(B, O, generator=generator)
    actions = torch.randn(B, A, generator=generator)
    rewards = torch.randn(B, generator=generator)
    continues = torch.ones(B)
    continues[3] = 0
    observations = states[None, :, None].expand(1, B, 2, O)
    ours = Sequences(
        observations,
        actions[None, :, None],
        actions.clamp(-1, 1)[None, :, None],
        torch.zeros(1, B, 1),
        rewards[None, :, None],
        continues[None, :, None],
        torch.ones(1, B, 1),
    )
    discounts = recipe.policy_evaluation.discount * continues
    return ours, Transitions(states, actions, rewards, discounts, states)


def test_losses_and_multipliers_are_those_of_our_update(recipe, draws):
    learner = Learner(recipe, O, A, [0])
    plain = as_plain(recipe, learner)
    for number in range(5):
        sequences, transitions = batches(recipe, number)
        ours, theirs = learner.update(sequences), plain.update(transitions)
        assert_close(ours["critic_loss"].item(), theirs["critic"], rtol=1e-4, atol=1e-5)
        assert_close(ours["policy_loss"].item(), theirs["policy"], rtol=1e-4, atol=1e-5)
        found = learner.state["multipliers"][0]
        assert_close(found[:3], plain.duals.data, rtol=1e-4, atol=1e-4)


def test_the_targets_follow_by_the_recipes_period(recipe, draws):
    plain = as_plain(recipe, Learner(recipe, O, A, [0]))
    before = plain.target_critic.net[0].weight.clone()
    plain.update(batches(recipe, 0)[1])
    assert torch.equal(plain.target_critic.net[0].weight, before)
    plain.update(batches(recipe, 1)[1])
    assert torch.equal(plain.target_critic.net[0].weight, plain.critic.net[0].weight)
