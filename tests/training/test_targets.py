"""What target networks say of a batch, against sums written out."""

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.config import load_recipe, override
from mpo_repro.mpo import distributions, networks, retrace
from mpo_repro.training import critics
from mpo_repro.training.learner import Learner
from mpo_repro.training.replay import Sequences
from mpo_repro.training.targets import targets

O, A, S, T, M = 4, 2, 5, 3, 6  # noqa: E741, letters as in mpo_repro.mpo
DISCRETE = {
    "data.batch_states": 15,
    "policy_evaluation.sequence_length": T,
    "critic.hidden": [8],
    "policy.hidden": [8],
}


class Case:
    """Targets of one batch, and what they are made from."""

    def __init__(self, recipe, batch, noise):
        learner = Learner(recipe, O, A, [3])
        self.recipe, self.problem = learner.recipe, learner.problem
        self.state = {name: value[0] for name, value in learner.state.items()}
        source = torch.Generator().manual_seed(5)
        for name in ("policy", "critic", "target_policy", "target_critic"):
            moved = torch.randn(self.state[name].shape, generator=source)
            self.state[name] = self.state[name] + 0.1 * moved
        settings = {name: value[0] for name, value in learner.settings.items()}
        self.batch, self.noise = batch, noise
        self.found = targets(self.problem, self.state, settings, batch, noise)
        self.states = batch.observations.reshape(-1, O)

    def policy(self, name="target_policy"):
        return networks.policy(self.problem.policy, self.state[name], self.states)

    def q(self, states, actions):
        """The lowest value of all target critics, one network at a time."""
        count = self.recipe.critic.count
        size = len(self.state["target_critic"]) // count
        vectors = self.state["target_critic"].split(size)
        critic = self.problem.critic
        values = [networks.critic(critic, v, states, actions) for v in vectors]
        return values[0] if count == 1 else torch.minimum(*values)

    def taken(self):
        """Q'(s_t, a_t), [S, T]."""
        states = self.batch.observations[:, :-1].reshape(-1, O)
        return self.q(states, self.batch.executed.reshape(-1, A)).view(S, T)

    def returns(self, values, log_probs):
        evaluation, batch = self.recipe.policy_evaluation, self.batch
        return retrace.METHODS[evaluation.method](
            batch.rewards,
            evaluation.discount * batch.continues,
            values.view(S, T + 1),
            self.taken(),
            log_probs - batch.log_probs,
            batch.valid,
        )

    def log_probs(self, policy):
        """ln of a policy's density at the actions of replay, [S, T]."""
        at = type(policy)(*(p.unflatten(0, (S, T + 1))[:, :-1] for p in policy))
        return distributions.log_prob(at, self.batch.actions)


@pytest.fixture
def continuous(small_recipe, sequences):
    noise = torch.randn(M, S, T + 1, A, generator=torch.Generator().manual_seed(1))

    def make(**changes):
        recipe = small_recipe(improvement__samples=M, **changes)
        batch = Sequences(*(part[0] for part in sequences([3], 0)))
        return Case(recipe, batch, noise)

    return make


@pytest.fixture
def discrete(sequences):
    def make(**changes):
        given = {name.replace("__", "."): value for name, value in changes.items()}
        recipe = override(load_recipe("categorical"), DISCRETE | given)
        batch = Sequences(*(part[0] for part in sequences([3], 0)))
        number = batch.rewards.gt(0).long()
        unit = torch.nn.functional.one_hot(number, A).float()
        batch = batch._replace(actions=unit, executed=unit)
        return Case(recipe, batch, torch.zeros(0, S, T + 1, A))

    return make


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("bounds", ["clip", "tanh"])
def test_values_are_those_of_the_executed_actions_and_of_the_lower_critic(
    continuous, count, bounds
):
    one = continuous(critic__count=count, policy__bounds=bounds)
    drawn = one.policy().sample(one.noise.reshape(M, -1, A))
    assert_close(one.found.actions, drawn)
    within = drawn.clamp(-1, 1) if bounds == "clip" else drawn.tanh()
    assert not torch.equal(within, drawn)
    known = torch.stack([one.q(one.states, action) for action in within])
    assert_close(one.found.q_values, known)
    log_probs = one.log_probs(one.policy())  # of the actions as they were drawn
    assert_close(one.found.returns, one.returns(known.mean(0), log_probs))


def test_twins_are_two_critics_of_which_the_lower_counts(continuous):
    one = continuous(critic__count=2)
    vector = one.state["target_critic"]
    both = critics.each(one.problem, vector, one.states, one.states[:, :A])
    assert both.shape == (2, S * (T + 1))
    lowest = critics.lowest(one.problem, vector, one.states, one.states[:, :A])
    assert_close(lowest, torch.where(both[0] < both[1], both[0], both[1]))
    assert 0 < int((lowest == both[0]).sum()) < len(lowest)


def test_one_next_action_bootstraps_from_the_first_sample(continuous):
    one = continuous(policy_evaluation__next_actions="one")
    known = one.returns(one.found.q_values[0], one.log_probs(one.policy()))
    assert_close(one.found.returns, known)
    assert one.found.q_values.shape[0] == M  # all of them for the E-step


@pytest.mark.parametrize("method", ["retrace", "n_step"])
def test_the_improved_policy_s_value_weighs_the_samples(continuous, method):
    """q(a|s) / pi_i(a|s) is exp(Q / eta) over its mean under pi_i."""
    one = continuous(
        policy_evaluation__bootstrap="improved",
        policy_evaluation__method=method,
        multipliers__temperature=0.7,
    )
    scaled = (one.found.q_values / 0.7).exp()
    values = (scaled * one.found.q_values).sum(0) / scaled.sum(0)
    normaliser = scaled.mean(0).log().view(S, T + 1)[:, :-1]
    log_probs = one.log_probs(one.policy()) + one.taken() / 0.7 - normaliser
    assert_close(one.found.returns, one.returns(values, log_probs))
    plain = continuous(policy_evaluation__method=method, multipliers__temperature=0.7)
    assert (one.found.returns - plain.found.returns).abs().max() > 1e-2


def test_the_improved_policy_s_value_over_all_actions(discrete):
    one = discrete(
        policy_evaluation__bootstrap="improved",
        policy_evaluation__method="retrace",
        multipliers__temperature=0.7,
    )
    old = one.policy().log_probs.exp()
    q = old * (one.found.q_values.T / 0.7).exp()
    q = q / q.sum(-1, keepdim=True)
    values = (q * one.found.q_values.T).sum(-1)
    log_probs = one.log_probs(distributions.Categorical(q.log()))
    assert_close(one.found.returns, one.returns(values, log_probs))


def test_discrete_values_are_of_all_actions_and_their_mean_is_exact(discrete):
    one = discrete()
    units = torch.eye(A)
    known = torch.stack(
        [one.q(one.states, u.expand(len(one.states), A)) for u in units]
    )
    assert_close(one.found.q_values, known)
    policy = one.policy()
    values = (policy.log_probs.exp().T * known).sum(0)
    assert_close(one.found.returns, one.returns(values, one.log_probs(policy)))


@pytest.mark.parametrize("antithetic", [False, True])
def test_the_parametric_method_s_samples_are_the_current_policy_s(
    continuous, antithetic
):
    changes = {
        "improvement.actions": "current",
        "improvement.objective": "q_value",
        "improvement.antithetic": antithetic,
        "improvement.samples": M,
        "policy.hidden": [8],
        "critic.hidden": [8],
        "policy_evaluation.sequence_length": T,
    }
    recipe = override(load_recipe("paper-parametric"), changes)
    old = continuous()
    one = Case(recipe, old.batch, old.noise)
    noise = one.noise.reshape(M, -1, A)
    if antithetic:
        noise[M // 2 :] = -noise[: M // 2]
    assert_close(one.found.actions, one.policy("policy").sample(noise))
    values = one.q(one.states, one.policy().sample(noise).clamp(-1, 1))
    # Evaluated is pi_i: its own samples make the bootstrap.
    known = one.returns(values.mean(0), one.log_probs(one.policy()))
    assert_close(one.found.returns, known)
