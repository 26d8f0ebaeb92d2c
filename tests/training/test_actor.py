"""What the actor stores: transitions, last states, densities, and who drew what."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from mpo_repro.config import load_recipe, override
from mpo_repro.environments import Spec, Step, make
from mpo_repro.mpo import distributions, networks
from mpo_repro.training import actor as acting
from mpo_repro.training import evaluation, noise, normaliser
from mpo_repro.training.actor import Actor
from mpo_repro.training.learner import Learner
from mpo_repro.training.replay import Replay

O, A, E, LENGTH = 3, 2, 2, 4  # noqa: E741


class Counting:
    """Environments whose observation is (episode, step, environment).

    Episodes last LENGTH steps; every second one terminates, the others are truncated.
    A reward is the number of its step.
    """

    spec, count = Spec("counting", O, A, LENGTH), E

    def reset(self):
        self.episode, self.taken, self.actions = 0, 0, []
        return self._look()

    def start(self, actions):
        return lambda: self.step(actions)

    def step(self, actions):
        self.actions.append(actions.copy())
        ended = self.taken == LENGTH
        self.episode, self.taken = (
            (self.episode + 1, 0) if ended else (self.episode, self.taken + 1)
        )
        over = np.full(E, self.taken == LENGTH)
        terminates = self.episode % 2 == 1
        rewards = np.full(E, self.taken, np.float32)
        return Step(self._look(), rewards, over & terminates, over & (not terminates))

    def _look(self):
        rows = [(self.episode, self.taken, e) for e in range(E)]
        return np.array(rows, np.float32)


@pytest.fixture
def acted(small_recipe):
    """Twelve steps in `Counting`: learner, actor, replay, episodes."""
    recipe = small_recipe(policy__initial_stddev=2.0)
    learner = Learner(recipe, O, A, [0])
    actor, replay = Actor(learner, [Counting()]), Replay(1, E, 100, (O, A))
    episodes = [episode for _ in range(12) for episode in actor.step(replay)]
    return learner, actor, replay, episodes


def rows(replay, count=12):
    """The rows in order, field by field, each [E, count, width]."""
    return replay.rows[0, :, :count].split(replay.widths, dim=-1)


def test_rows_are_consecutive_and_last_states_are_no_transitions(acted):
    observations, *_, rewards, continues, valid = rows(acted[2])
    steps = [0, 1, 2, 3, 4] * 2 + [0, 1]
    for e in range(E):
        assert observations[e, :, 0].tolist() == [0] * 5 + [1] * 5 + [2] * 2
        assert observations[e, :, 1].tolist() == steps
        assert observations[e, :, 2].tolist() == [e] * 12
        assert rewards[e, :, 0].tolist() == [1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2]
        assert valid[e, :, 0].tolist() == [float(step < LENGTH) for step in steps]
        # Episode 0 is truncated, episode 1 terminates with its fourth transition.
        assert continues[e, :, 0].tolist() == [1] * 8 + [0] + [1] * 3


def test_steps_are_counted_without_the_beginnings(acted):
    _, actor, _, episodes = acted
    assert actor.iterations == 12
    assert actor.environment_steps == 10 * E
    assert actor.episodes == 2 * E == len(episodes)
    found = [(e.run, e.environment_steps, e.episode_return) for e in episodes]
    assert found == [(0, 4 * E, 10.0)] * E + [(0, 8 * E, 10.0)] * E


def test_the_density_is_of_the_drawn_action_and_the_clipped_one_is_executed(acted):
    learner, actor, replay, _ = acted
    observations, actions, executed, log_probs, *_ = rows(replay)
    policy = networks.policy(
        learner.problem.policy, learner.state["policy"][0], observations
    )
    known = distributions.log_prob(policy, actions)
    assert_close(log_probs.squeeze(-1), known, rtol=1e-4, atol=1e-4)
    assert torch.equal(executed, actions.clamp(-1, 1))
    assert (actions.abs() > 1).any()
    given = torch.from_numpy(np.stack(actor.environments[0].actions, axis=1))
    assert torch.equal(executed, given)


def test_what_is_done_meanwhile_is_begun_between_drawing_and_stepping(small_recipe):
    learner, environments = Learner(small_recipe(), O, A, [0]), Counting()
    actor, replay = Actor(learner, [environments]), Replay(1, E, 100, (O, A))
    policy = learner.state["policy"].clone()
    seen = []

    def update():
        seen.append((len(environments.actions), replay.written))
        learner.state["policy"].zero_()

    actor.step(replay, update)
    assert seen == [(0, 0)]
    assert (environments.actions[0] != 0).any()  # of the policy before the update
    learner.state["policy"].copy_(policy)
    again = Actor(learner, [Counting()])
    again.step(replay)
    np.testing.assert_array_equal(
        again.environments[0].actions[0], environments.actions[0]
    )


def test_simulators_step_while_the_learner_learns(small_recipe):
    learner = Learner(small_recipe(), 5, 1, [0, 1])
    environments = [make("cartpole-swingup", E, seed, 0) for seed in (0, 1)]
    actor, replay = Actor(learner, environments), Replay(2, E, 50, (5, 1))
    begun = []
    for batch in environments:
        start = batch.start
        batch.start = lambda actions, start=start: begun.append(start) or start(actions)
    for _ in range(3):
        actor.step(replay, lambda: begun.append("learnt"))
    assert begun[2::3] == ["learnt"] * 3
    assert "learnt" not in (*begun[::3], *begun[1::3])


def test_what_fails_meanwhile_leaves_actor_and_environments_as_they_were(small_recipe):
    learner = Learner(small_recipe(), 5, 1, [0])
    environments = make("cartpole-swingup", E, 0, 0)
    actor, replay = Actor(learner, [environments]), Replay(1, E, 50, (5, 1))
    for _ in range(4):
        actor.step(replay)

    def fail():
        raise ArithmeticError

    before = actor.counters(), environments.state()["actions"].tolist()
    with pytest.raises(ArithmeticError):
        actor.step(replay, fail)
    state = environments.state()
    assert (actor.counters(), state["actions"].tolist()) == before
    assert replay.written == 4
    fresh = make("cartpole-swingup", E, 0, 0)
    np.testing.assert_array_equal(fresh.restore(state), actor.observations[0])


def test_actions_spread_as_the_policy_says(small_recipe):
    learner = Learner(small_recipe(policy__initial_stddev=0.5), O, A, [0])
    actor, replay = Actor(learner, [Counting()]), Replay(1, E, 4000, (O, A))
    for _ in range(2000):
        actor.step(replay)
    actions = rows(replay, 2000)[1].flatten(0, 1)
    assert_close(actions.std(0), torch.full((A,), 0.5), rtol=0.1, atol=0)
    assert abs(torch.corrcoef(actions.T)[0, 1]) < 0.1


def test_three_runs_together_store_what_they_store_alone(small_recipe):
    seeds, recipe = [4, 5, 6], small_recipe()

    def collect(chosen):
        learner = Learner(recipe, 5, 1, chosen)
        environments = [make("cartpole-swingup", E, seed, 0) for seed in chosen]
        actor, replay = Actor(learner, environments), Replay(len(chosen), E, 50, (5, 1))
        for _ in range(20):
            actor.step(replay)
        for batch in environments:
            batch.close()
        return replay.rows[:, :, :20]

    together = collect(seeds)
    for row, seed in enumerate(seeds):
        assert_close(together[row], collect([seed])[0], rtol=1e-5, atol=1e-5)
    assert not torch.equal(together[0], together[1])


def test_a_restored_actor_goes_on_as_the_old_one(acted, small_recipe):
    learner, actor, replay, _ = acted
    kept = {name: value.clone() for name, value in actor.tensors().items()}
    counters = actor.counters()
    known = [actor._draw() for _ in range(1)][0]
    fresh = Actor(learner, [Counting()])
    fresh.restore(kept, counters)
    assert fresh.counters() == counters
    for one, other in zip(fresh._draw(), known, strict=True):
        assert torch.equal(one, other)
    assert fresh.returns.tolist() == [[3.0, 3.0]]  # rewards 1 and 2 of episode 2


KINDS = {
    "full": {"policy.covariance": "full"},
    "diagonal": {"policy.covariance": "diagonal"},
    "normalised": {"data.normalise_observations": True},
    "categorical": {},
}


@pytest.fixture(params=sorted(KINDS))
def settings(request):
    """Recipes whose acting differs; the learner's networks are random ones."""
    name = "categorical" if request.param == "categorical" else "default"
    return override(load_recipe(name), KINDS[request.param])


def learnt(settings, seeds):
    """A learner whose policies, targets and statistics all differ."""
    learner = Learner(settings, 5, 3, seeds)
    for row, seed in enumerate(seeds):
        generator = torch.Generator().manual_seed(seed)
        for name in ("policy", "target_policy"):
            vector = learner.state[name][row]
            vector.copy_(torch.randn(vector.shape, generator=generator) / 5)
        if normaliser.COUNT in learner.state:
            learner.state[normaliser.MEAN][row] = torch.arange(5.0)
            learner.state[normaliser.SQUARES][row] = 40.0 + row
            learner.state[normaliser.COUNT][row] = 10.0
    return learner


def drawn(learner, observations):
    """What an actor draws in its first step, without the environments."""
    actor = Actor.__new__(Actor)
    actor.learner, actor.iterations, actor.observations = learner, 0, observations
    actor._act = acting.in_turn
    return actor._draw()


def known(learner, run, observations):
    """The same of one run, by the definitions."""
    state = {name: value[run] for name, value in learner.state.items()}
    draws = noise.normal([learner.seeds[run]], "behaviour", 0, (len(observations), 3))
    seen = normaliser.normalise(state, observations)
    policy = networks.policy(learner.problem.policy, state["policy"], seen)
    actions = policy.sample(draws[0])
    return actions, distributions.log_prob(policy, actions)


@pytest.mark.parametrize("seeds", [[3], [3, 4, 5]])
def test_the_online_policy_acts_on_what_normalisation_gives(settings, seeds):
    learner = learnt(settings, seeds)
    observations = np.random.default_rng(0).normal(size=(len(seeds), 7, 5))
    observations = observations.astype(np.float32)
    actions, log_probs = drawn(learner, observations)
    for run in range(len(seeds)):
        wanted, density = known(learner, run, torch.from_numpy(observations[run]))
        assert_close(actions[run], wanted, rtol=1e-6, atol=1e-6)
        assert_close(log_probs[run], density, rtol=1e-5, atol=1e-5)
    learner = learnt(settings, seeds)
    learner.state["target_policy"].zero_()  # no part of acting
    again = drawn(learner, observations)
    assert torch.equal(again[0], actions)
    assert torch.equal(again[1], log_probs)


def test_each_of_several_runs_draws_the_bits_that_it_draws_alone(settings):
    seeds = [3, 4, 5]
    observations = np.random.default_rng(1).normal(size=(3, 7, 5)).astype(np.float32)
    together = drawn(learnt(settings, seeds), observations)
    whole = learnt(settings, seeds)
    for run, seed in enumerate(seeds):
        alone = Learner(settings, 5, 3, [seed])
        alone.state = {n: v[run : run + 1].clone() for n, v in whole.state.items()}
        found = drawn(alone, observations[run : run + 1])
        assert torch.equal(found[0][0], together[0][run])
        assert torch.equal(found[1][0], together[1][run])


def test_evaluation_plays_the_online_policys_mean_of_what_normalisation_gives():
    settings = override(load_recipe("default"), KINDS["normalised"])
    learner = learnt(settings, [3])
    state = {name: value[0] for name, value in learner.state.items()}
    observations = np.random.default_rng(2).normal(size=(6, 5)).astype(np.float32)
    act = evaluation.acting(learner.problem, state)
    played = act(observations, np.random.default_rng(0), 6)
    seen = normaliser.normalise(state, torch.from_numpy(observations))
    policy = networks.policy(learner.problem.policy, state["policy"], seen)
    assert_close(torch.from_numpy(played), policy.mean.clamp(-1, 1))
    raw = networks.policy(learner.problem.policy, state["policy"], seen * 0)
    assert not torch.allclose(raw.mean, policy.mean)
