"""Which steps and states of a batch are learnt from."""

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.config import load_recipe, override
from mpo_repro.mpo import networks
from mpo_repro.training import batches, fused
from mpo_repro.training.learner import Learner
from mpo_repro.training.problem import problem
from mpo_repro.training.replay import Sequences
from mpo_repro.training.targets import targets

O, A, S, READ, M = 4, 2, 5, 3, 6  # noqa: E741, letters as in mpo_repro.mpo
FULL = {"policy_evaluation__sequence_length": 2, "improvement__samples": M}


@pytest.fixture
def batch(sequences):
    return Sequences(*(part[0] for part in sequences([3], 0)))


def looked_up(recipe, batch):
    """Targets of one batch, and the recipe's problem and state."""
    learner = Learner(recipe, O, A, [3])
    state = {name: value[0] for name, value in learner.state.items()}
    source = torch.Generator().manual_seed(5)
    for name in ("policy", "critic", "target_policy", "target_critic"):
        moved = torch.randn(state[name].shape, generator=source)
        state[name] = state[name] + 0.1 * moved
    settings = {name: value[0] for name, value in learner.settings.items()}
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(M, S, READ + 1, A, generator=generator)
    return targets(learner.problem, state, settings, batch, noise), learner, state


@pytest.mark.parametrize("method", ["n_step", "retrace"])
def test_full_returns_are_read_further_and_only_their_first_steps_are_trained(
    small_recipe, batch, method
):
    recipe = small_recipe(
        **FULL, policy_evaluation__full_returns=True, policy_evaluation__method=method
    )
    assert recipe.policy_evaluation.window == READ
    found, learner, _ = looked_up(recipe, batch)
    whole, *_ = looked_up(small_recipe(**FULL), batch)
    kept = torch.arange(S * (READ + 1)).view(S, READ + 1)[:, :3].flatten()
    assert_close(found.q_values, whole.q_values[:, kept])
    assert_close(found.actions, whole.actions[:, kept])
    assert_close(found.improved.weights, whole.improved.weights[:, kept])
    assert_close(found.old[0], whole.old[0][kept])
    assert found.returns.shape == (S, 2)
    assert found.transitions == batch.valid[:, :2].sum()
    shown = batches.trained(learner.problem, batch)
    assert_close(shown.observations, batch.observations[:, :3])
    assert_close(shown.rewards, batch.rewards[:, :2])


def test_each_full_return_has_as_many_rewards_as_the_recipe_says(small_recipe, batch):
    full = small_recipe(
        **FULL, policy_evaluation__full_returns=True, policy_evaluation__method="n_step"
    )
    steady = batch._replace(continues=torch.ones(S, READ), valid=torch.ones(S, READ))
    found, *_ = looked_up(full, steady)
    more = steady._replace(rewards=steady.rewards + torch.tensor([0.0, 0.0, 1.0]))
    moved, *_ = looked_up(full, more)
    # The last reward is the second of the last trained step, and of no other.
    assert_close(moved.returns - found.returns, torch.tensor([[0.0, 0.99]] * S))


def test_an_update_with_full_returns_learns_from_the_first_steps(
    small_recipe, sequences
):
    recipe = small_recipe(**FULL, policy_evaluation__full_returns=True)
    learner = Learner(recipe, O, A, [3])
    before = learner.state["critic"].clone()
    learner.update(sequences([3], 0))
    assert (learner.state["critic"] - before).abs().max() > 1e-5


def test_terminal_states_and_last_states_at_the_start_count_for_nothing(
    small_recipe, batch
):
    one = problem(small_recipe(improvement__states="non_terminal"), O, A)
    share = batches.share(one, batch).view(S, READ + 1)
    left_out = share == 0
    # Terminated after the second transition; a last state begins the fourth sequence.
    assert left_out.nonzero().tolist() == [[1, 2], [3, 0]]
    assert_close(share[~left_out], torch.full((18,), 20 / 18))
    assert_close(share.mean(), torch.tensor(1.0))
    assert batches.share(problem(small_recipe(), O, A), batch) is None


def test_a_batch_of_terminal_states_alone_is_finite(small_recipe, batch):
    one = problem(small_recipe(improvement__states="non_terminal"), O, A)
    none = batch._replace(continues=0 * batch.continues, valid=0 * batch.valid)
    assert torch.equal(batches.share(one, none), torch.zeros(S * (READ + 1)))


def test_what_terminal_states_would_teach_is_not_learnt(small_recipe, batch):
    """Without terminations the option changes no bit."""
    steady = batch._replace(continues=torch.ones(S, READ), valid=torch.ones(S, READ))
    learnt = []
    for states in ("all", "non_terminal"):
        learner = Learner(small_recipe(improvement__states=states), O, A, [3])
        for given in (steady, batch):
            learner.update(Sequences(*(part.unsqueeze(0) for part in given)))
            learnt.append(learner.state["policy"].clone())
    assert torch.equal(learnt[0], learnt[2])
    assert not torch.equal(learnt[1], learnt[3])


def test_a_policy_gradient_of_one_sample_asks_for_no_other(small_recipe, batch):
    recipe = override(
        load_recipe("pg-one-sample"),
        {
            "policy.hidden": [8],
            "critic.hidden": [8],
            "improvement.samples": M,
            "data.normalise_observations": False,
        },
    )
    found, learner, state = looked_up(recipe, batch)
    assert found.q_values.shape == (1, S * (READ + 1))
    states = batch.observations.flatten(0, 1)
    policy = networks.policy(learner.problem.policy, state["policy"], states)
    known = networks.critic(
        learner.problem.critic, state["target_critic"], states, policy.mean.clamp(-1, 1)
    )
    assert_close(found.of_mean, known)


@pytest.mark.parametrize(
    "changes",
    [
        {"policy_evaluation__full_returns": True},
        {"improvement__states": "non_terminal"},
    ],
    ids=["full returns", "non-terminal"],
)
def test_the_graph_of_an_update_computes_it(
    small_recipe, sequences, monkeypatch, changes
):
    monkeypatch.setattr(fused, "_compile", lambda graph, _: graph)
    recipe = small_recipe(**FULL | changes)
    learner, plain = (Learner(recipe, O, A, [0], p) for p in ("compiled", "plain"))
    for number in range(2):
        batch = sequences([0], number)
        assert_close(learner.update(batch), plain.update(batch), rtol=1e-3, atol=1e-4)
