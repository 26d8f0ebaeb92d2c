"""MPO's update as it is usually written: what the fast one is compared with.

Modules and optimisers of torch, one operation after the other, transitions instead of
sequences. The target critic is asked twice, each time with every state repeated per
sampled action: at the next states for the critic's targets, at the states for the
E-step. Tonic and daisatojp's MPO are built like this. The losses are those of the
decoupled M-step with a diagonal policy and a temperature that follows its gradient.
"""

import math
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn import functional

from mpo_repro.config import Recipe


class Transitions(NamedTuple):
    """A batch of B transitions; discounts are 0 where the episode terminated."""

    observations: Tensor  # [B, O]
    actions: Tensor  # [B, A]
    rewards: Tensor  # [B]
    discounts: Tensor  # [B]
    following: Tensor  # [B, O], the next observations


def torso(inputs: int, widths: tuple[int, ...], outputs: int) -> nn.Sequential:
    """Makes a network with layer norm and tanh after its first layer, then ELU."""
    layers = [nn.Linear(inputs, widths[0]), nn.LayerNorm(widths[0]), nn.Tanh()]
    for rows, columns in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(rows, columns), nn.ELU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], outputs))


class Actor(nn.Module):
    """A diagonal Gaussian policy."""

    def __init__(self, observations: int, actions: int, widths: tuple[int, ...]):
        super().__init__()
        self.net = torso(observations, widths, 2 * actions)

    def forward(self, observations: Tensor) -> Independent:
        """Returns pi(.|s) at [B, O]."""
        mean, raw = self.net(observations).chunk(2, dim=-1)
        stddev = functional.softplus(raw) + 1e-3
        return Independent(Normal(mean, stddev), 1)


class Critic(nn.Module):
    """An action-value function of observation and action side by side."""

    def __init__(self, observations: int, actions: int, widths: tuple[int, ...]):
        super().__init__()
        self.net = torso(observations + actions, widths, 1)

    def forward(self, observations: Tensor, actions: Tensor) -> Tensor:
        """Returns Q [...] of [..., O] and [..., A], the actions clipped."""
        clipped = actions.clamp(-1, 1)
        return self.net(torch.cat([observations, clipped], dim=-1)).squeeze(-1)


class PlainUpdate:
    """Actor, critic, their targets, multipliers and optimisers."""

    def __init__(self, recipe: Recipe, observations: int, actions: int):
        """Takes widths, rates and bounds from a recipe."""
        self.recipe, self.updates = recipe, 0
        self.actor = Actor(observations, actions, recipe.policy.hidden)
        self.critic = Critic(observations, actions, recipe.critic.hidden)
        self.target_actor = deepcopy(self.actor).requires_grad_(False)
        self.target_critic = deepcopy(self.critic).requires_grad_(False)
        given = recipe.multipliers
        values = given.temperature, given.alpha_mean, given.alpha_covariance
        raw = [value + math.log(-math.expm1(-value)) for value in values]
        self.duals = nn.Parameter(torch.tensor(raw))
        rates = recipe.optimisation
        self.actor_optimiser = torch.optim.Adam(
            self.actor.parameters(), rates.policy_learning_rate
        )
        self.critic_optimiser = torch.optim.Adam(
            self.critic.parameters(), rates.critic_learning_rate
        )
        self.dual_optimiser = torch.optim.Adam([self.duals], given.learning_rate)

    def update(self, batch: Transitions) -> dict[str, float]:
        """Takes one step on everything; returns the losses."""
        critic_loss = self.critic_loss(batch, self._noise(batch))
        self._step(critic_loss, self.critic_optimiser, self.critic)
        policy_loss, dual_loss = self.actor_losses(
            batch.observations, self._noise(batch)
        )
        self.dual_optimiser.zero_grad()
        self._step(policy_loss + dual_loss, self.actor_optimiser, self.actor)
        self.dual_optimiser.step()
        self.updates += 1
        if self.updates % self.recipe.optimisation.target_period == 0:
            self.target_actor.load_state_dict(self.actor.state_dict())
            self.target_critic.load_state_dict(self.critic.state_dict())
        losses = {"critic": critic_loss, "policy": policy_loss, "dual": dual_loss}
        return {name: loss.item() for name, loss in losses.items()}

    def critic_loss(self, batch: Transitions, noise: Tensor) -> Tensor:
        """Half the squared error of one-step targets; noise [M, B, A]."""
        with torch.no_grad():
            policy = self.target_actor(batch.following)
            values = self._sampled(batch.following, policy, noise)[1].mean(0)
            targets = batch.rewards + batch.discounts * values
        error = self.critic(batch.observations, batch.actions) - targets
        return 0.5 * error.square().mean()

    def actor_losses(
        self, observations: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Losses of policy and multipliers; noise [M, B, A]."""
        with torch.no_grad():
            old = self.target_actor(observations)
            actions, q_values = self._sampled(observations, old, noise)
        bounds = self.recipe.improvement
        temperature, alpha_mean, alpha_stddev = functional.softplus(self.duals)
        log_sum = torch.logsumexp(q_values / temperature, dim=0)
        log_mean = log_sum - math.log(len(q_values))
        dual_loss = temperature * (bounds.epsilon + log_mean.mean())
        weights = torch.softmax(q_values / temperature.detach(), dim=0)  # [M, B]

        new = self.actor(observations)
        with_mean = Independent(Normal(new.mean, old.stddev), 1)
        with_stddev = Independent(Normal(old.mean, new.stddev), 1)
        fit = with_mean.log_prob(actions) + with_stddev.log_prob(actions)
        kl_mean = kl_divergence(old, with_mean).mean()
        kl_stddev = kl_divergence(old, with_stddev).mean()
        policy_loss = -(weights * fit).sum(0).mean()
        policy_loss = policy_loss + alpha_mean.detach() * kl_mean
        policy_loss = policy_loss + alpha_stddev.detach() * kl_stddev
        dual_loss = dual_loss + alpha_mean * (bounds.epsilon_mean - kl_mean.detach())
        slack = bounds.epsilon_covariance - kl_stddev.detach()
        return policy_loss, dual_loss + alpha_stddev * slack

    def _sampled(self, observations: Tensor, policy: Independent, noise: Tensor):
        """Actions [M, B, A] of a policy and the target critic's values [M, B]."""
        actions = policy.mean + policy.stddev * noise
        repeated = observations.expand(len(noise), *observations.shape)
        return actions, self.target_critic(repeated, actions)

    def _noise(self, batch: Transitions) -> Tensor:
        return torch.randn(self.recipe.improvement.samples, *batch.actions.shape)

    def _step(self, loss: Tensor, optimiser: torch.optim.Adam, module: nn.Module):
        optimiser.zero_grad()
        loss.backward()
        norm = self.recipe.optimisation.gradient_norm
        if norm is not None:
            nn.utils.clip_grad_norm_(module.parameters(), norm)
        optimiser.step()
