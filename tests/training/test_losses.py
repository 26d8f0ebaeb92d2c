"""Targets and losses against a second, plain writing of the algorithm."""

import itertools
import math

import torch
from torch import distributions as td
from torch import nn
from torch.testing import assert_close

from mpo_repro.mpo import networks
from mpo_repro.training import noise, normaliser
from mpo_repro.training.learner import Learner
from mpo_repro.training.replay import Sequences

O, A, S, T, M = 4, 2, 5, 3, 6  # noqa: E741, letters as in mpo_repro.mpo
NAMES = "policy", "critic", "multipliers"


class Plain:
    """MPO for one run, written with torch.distributions and torch.optim."""

    def __init__(self, learner, recipe):
        self.recipe, self.problem, self.count = recipe, learner.problem, 0
        self.policy = nn.Parameter(learner.state["policy"][0].clone())
        self.critic = nn.Parameter(learner.state["critic"][0].clone())
        self.old, self.target = (
            self.policy.detach().clone(),
            self.critic.detach().clone(),
        )
        given, improvement = recipe.multipliers, recipe.improvement
        start = {"alpha_mean": given.alpha_mean}
        start["alpha_covariance"] = given.alpha_covariance
        if improvement.temperature == "gradient":
            start = {"temperature": given.temperature} | start
        if improvement.epsilon_penalty is not None:
            start["penalty"] = given.temperature
        inverse = [math.log(math.expm1(value)) for value in start.values()]
        self.names, self.duals = list(start), nn.Parameter(torch.tensor(inverse))
        self.seen = torch.zeros(0, O)
        rates = recipe.optimisation
        self.optimisers = [
            torch.optim.Adam([self.policy], rates.policy_learning_rate),
            torch.optim.Adam([self.critic], rates.critic_learning_rate),
            torch.optim.Adam([self.duals], given.learning_rate),
        ]

    def gaussian(self, vector, states):
        """The policy as a torch distribution: its network is tested elsewhere."""
        mean, scale = networks.policy(self.problem.policy, vector, states)
        if scale.dim() == mean.dim():
            return td.MultivariateNormal(mean, scale_tril=torch.diag_embed(scale))
        return td.MultivariateNormal(mean, scale_tril=scale)

    def see(self, observations):
        """What an actor would have seen, for the statistics, if there are any."""
        self.seen = torch.cat([self.seen, observations])

    def normal(self, observations):
        """Observations in standard deviations from their mean, if recipes say so."""
        if not self.recipe.data.normalise_observations:
            return observations
        mean, stddev = self.seen.mean(0), self.seen.std(0, correction=0)
        return ((observations - mean) / stddev).clamp(-10, 10)

    def counted(self, batch):
        """Which states improve the policy: [S, T + 1] of 0 and 1, or all."""
        known = torch.ones(batch.observations.shape[:2])
        if self.recipe.improvement.states == "all":
            return known.flatten()
        for s, t in itertools.product(range(len(known)), range(known.shape[1])):
            ended = batch.continues[s, t - 1] == 0 if t else batch.valid[s, 0] == 0
            known[s, t] = 0.0 if ended else 1.0
        return known.flatten()

    def mean(self, per_state):
        """The mean over the states that count."""
        return (per_state * self.counts).sum() / self.counts.sum()

    def q(self, vector, states, actions):
        return networks.critic(
            self.problem.critic, vector, states, actions.clamp(-1, 1)
        )

    def returns(self, batch, old, q_values):
        """Targets of Q, sequence by sequence and step by step."""
        evaluation = self.recipe.policy_evaluation
        method, length = evaluation.method, evaluation.sequence_length
        values = q_values.mean(0)
        targets = torch.zeros(S, length)
        for s in range(S):
            taken = self.q(self.target, batch.observations[s, :-1], batch.actions[s])
            density = old(batch.observations[s, :-1]).log_prob(batch.actions[s])
            ratios = (density - batch.log_probs[s]).exp()
            for start in range(length):
                total = taken[start] if method == "retrace" else values[s, start]
                trace = 1.0
                last = start + length if evaluation.full_returns else T
                for t in range(start, last):
                    base = taken[t] if method == "retrace" else values[s, t]
                    d = self.recipe.policy_evaluation.discount * batch.continues[s, t]
                    total = total + trace * (
                        batch.rewards[s, t] + d * values[s, t + 1] - base
                    )
                    if t + 1 == last or not batch.valid[s, t + 1] or method == "td_0":
                        break
                    trace = trace * d
                    if method == "retrace":
                        trace = trace * ratios[t + 1].clamp(max=1)
                targets[s, start] = total
        return targets

    def weights(self, q_values, actions, multipliers):
        """q over the sampled actions, and the loss of its temperatures."""
        improvement, loss = self.recipe.improvement, torch.zeros(())
        if improvement.temperature == "exact":
            eta = self.best_temperature(q_values, improvement.epsilon)
        else:
            eta = multipliers["temperature"]
            loss = self.dual(eta, q_values, improvement.epsilon)
        weights = (q_values / eta.detach()).softmax(0)
        cost = -((actions - actions.clamp(-1, 1)) ** 2).sum(-1).sqrt()
        if improvement.epsilon_penalty is not None:
            own = multipliers["penalty"]
            loss = loss + self.dual(own, cost, improvement.epsilon_penalty)
            weights = (weights + (cost / own.detach()).softmax(0)) / 2
        if improvement.penalty_temperature is not None:
            fixed = improvement.penalty_temperature
            weights = (weights + (cost / fixed).softmax(0)) / 2
        return weights, loss

    def dual(self, eta, values, epsilon):
        means = (values.double() / eta).exp().mean(0).log()
        return (eta * epsilon + eta * self.mean(means)).float()

    def best_temperature(self, q_values, epsilon):
        """Bisection on the realised KL."""
        low, high = 1e-3, 1e3
        for _ in range(100):
            eta = math.sqrt(low * high)
            q = (q_values.double() / eta).softmax(0)
            kl = (q * (q * M).log()).sum(0).mean()
            low, high = (eta, high) if kl > epsilon else (low, eta)
        return torch.tensor(eta, dtype=torch.float32)

    def m_step(self, new, old, actions, weights, multipliers):
        """The policy's Lagrangian and the losses of its two multipliers."""
        improvement = self.recipe.improvement
        if improvement.fitted_actions == "executed":
            actions = actions.clamp(-1, 1)
        new_l, old_l = new.scale_tril, old.scale_tril
        metric = new_l if improvement.m_step == "coupled" else old_l
        moved = td.MultivariateNormal(new.mean, scale_tril=metric)
        still = td.MultivariateNormal(old.mean, scale_tril=metric)
        kl_mean = self.mean(td.kl_divergence(still, moved))
        widened = td.MultivariateNormal(old.mean, scale_tril=new_l)
        kl_covariance = self.mean(td.kl_divergence(old, widened))
        log_probs = new.log_prob(actions)
        if improvement.m_step == "decoupled":
            log_probs = moved.log_prob(actions) + widened.log_prob(actions)
        loss = -self.mean((weights * log_probs).sum(0))
        for alpha, kl, epsilon in (
            (multipliers["alpha_mean"], kl_mean, improvement.epsilon_mean),
            (
                multipliers["alpha_covariance"],
                kl_covariance,
                improvement.epsilon_covariance,
            ),
        ):
            loss = loss + alpha.detach() * kl + alpha * (epsilon - kl.detach())
        return loss

    def looked_up(self, batch, draws):
        """Actions, their values and the returns, at all states that are read."""
        old = self.gaussian(self.old, batch.observations.reshape(-1, O))
        offsets = draws.reshape(M, -1, A, 1)
        actions = old.mean + (old.scale_tril @ offsets).squeeze(-1)
        states = batch.observations.reshape(-1, O)
        q_values = self.q(self.target, states, actions)
        shaped = q_values.reshape(M, S, T + 1)
        returns = self.returns(batch, lambda at: self.gaussian(self.old, at), shaped)
        return actions.reshape(M, S, T + 1, A), shaped, returns

    def update(self, batch, draws):
        batch = batch._replace(observations=self.normal(batch.observations))
        positive = nn.functional.softplus(self.duals)
        multipliers = dict(zip(self.names, positive, strict=True))
        with torch.no_grad():
            actions, q_values, targets = self.looked_up(batch, draws)
        length = targets.shape[1]  # shorter than what is read, with full returns
        actions = actions[:, :, : length + 1].reshape(M, -1, A)
        q_values = q_values[:, :, : length + 1].reshape(M, -1)
        observations, *rest = batch
        rest = [part[:, :length] for part in rest]
        batch = Sequences(observations[:, : length + 1], *rest)
        states = batch.observations.reshape(-1, O)
        self.counts = self.counted(batch)
        with torch.no_grad():
            old = self.gaussian(self.old, states)
        weights, loss = self.weights(q_values, actions, multipliers)
        loss = loss + self.m_step(
            self.gaussian(self.policy, states), old, actions, weights, multipliers
        )
        found = self.q(
            self.critic,
            batch.observations[:, :-1].reshape(-1, O),
            batch.executed.reshape(-1, A),
        ).reshape(S, length)
        real = batch.valid.bool()
        loss = loss + 0.5 * ((found - targets)[real] ** 2).mean()
        self.step(loss)

    def step(self, loss):
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        loss.backward()
        norm = self.recipe.optimisation.gradient_norm
        for optimiser, part in zip(
            self.optimisers, (self.policy, self.critic, None), strict=True
        ):
            if norm is not None and part is not None:
                nn.utils.clip_grad_norm_([part], norm)
            optimiser.step()
        self.count += 1
        if self.count % self.recipe.optimisation.target_period == 0:
            self.old = self.policy.detach().clone()
            self.target = self.critic.detach().clone()


def draws(seed, update):
    return noise.normal([seed], "update", update, (M, S, T + 1, A))[0]


def look(learner, plain, number):
    """What an actor does beside: it notes what it has seen."""
    source = torch.Generator().manual_seed(number)
    seen = 3 * torch.randn(20, O, generator=source) + 5 * torch.arange(O)
    normaliser.note(learner.state, seen.unsqueeze(0))
    plain.see(seen)


def test_updates_are_those_of_the_plain_writing(variant, sequences):
    learner = Learner(variant, O, A, [2])
    plain = Plain(learner, variant)
    first = learner.state["policy"].clone()
    for number in range(5):
        look(learner, plain, number)
        batch = sequences([2], number)
        learner.update(batch)
        plain.update(Sequences(*(part[0] for part in batch)), draws(2, number))
        for name, known in (
            ("policy", plain.policy),
            ("critic", plain.critic),
            ("multipliers", plain.duals),
            ("target_policy", plain.old),
            ("target_critic", plain.target),
        ):
            assert_close(
                learner.state[name][0],
                known.detach(),
                rtol=1e-4,
                atol=2e-6,
                msg=lambda text, name=name, number=number: f"{name} {number} {text}",
            )
    assert (learner.state["policy"] - first).abs().max() > 1e-3


def test_gradients_are_those_of_the_plain_writing(variant, sequences):
    """The mean of gradients that Adam keeps; its steps hide a gradient's scale."""
    learner = Learner(variant, O, A, [2])
    plain = Plain(learner, variant)
    for number in range(4):
        look(learner, plain, number)
        batch = sequences([2], number)
        learner.update(batch)
        plain.update(Sequences(*(part[0] for part in batch)), draws(2, number))
        known = [plain.policy, plain.critic, plain.duals]
        for name, optimiser, part in zip(NAMES, plain.optimisers, known, strict=True):
            moment = optimiser.state[part]["exp_avg"]
            difference = learner.state[f"{name}_first_moment"][0] - moment
            assert difference.abs().max() < 1e-3 * moment.abs().max(), (name, number)
            for found, expected in zip(difference, moment, strict=True):
                if name == "multipliers":  # each is a loss of its own
                    assert found.abs() < 2e-3 * expected.abs() + 1e-7, number
