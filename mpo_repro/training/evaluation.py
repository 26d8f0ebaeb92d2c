"""Evaluation: whole episodes of the current policy, apart from training.

It has its own environments and noise, made anew from the run's seed and the number of
environment steps: how often one looks changes neither what is learnt nor what is seen.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mpo_repro.environments import make
from mpo_repro.mpo import networks
from mpo_repro.training import noise

KINDS = ("mean", "sampled")
FIRST_STREAM = 1  # stream 0 of the environments is training
Act = Callable[[np.ndarray, np.random.Generator, int], np.ndarray]


def episode_returns(
    network: networks.PolicyNetwork,
    policy: Tensor,
    task: str,
    backend: str,
    seed: int,
    environment_steps: int,
    episodes: int,
) -> dict[str, np.ndarray]:
    """Plays episodes with the policy's mean and with sampled actions.

    Args:
      network: the policy's architecture.
      policy: its parameter vector.
      task: name of the task.
      backend: name of the environments' backend.
      seed: the run's seed.
      environment_steps: how far training is; fixes starts and noise.
      episodes: episodes of each kind.

    Returns:
      Episode returns of each of KINDS, shape [episodes].
    """
    act = acting(network, policy)
    return play(act, task, backend, seed, environment_steps, episodes)


def acting(network: networks.PolicyNetwork, policy: Tensor) -> Act:
    """Makes a function that acts as `play` asks with a policy's parameters."""

    def act(observations, draws, still):
        shape = len(observations), network.action_size
        noise_ = draws.standard_normal(shape, dtype=np.float32)
        noise_[:still] = 0
        with torch.no_grad():
            distribution = networks.policy(
                network, policy, torch.from_numpy(observations).clone()
            )
            return distribution.sample(torch.from_numpy(noise_)).clamp(-1, 1).numpy()

    return act


def play(
    act: Act,
    task: str,
    backend: str,
    seed: int,
    environment_steps: int,
    episodes: int,
) -> dict[str, np.ndarray]:
    """Plays episodes of any policy; arguments and result as of `episode_returns`.

    Args:
      act: gives actions [E, A], float32, at observations [E, O]: without noise in the
        first rows, as many as it is told, and with noise of the generator elsewhere.
      task, backend, seed, environment_steps, episodes: as of `episode_returns`.
    """
    count = len(KINDS) * episodes
    stream = FIRST_STREAM + environment_steps
    environments = make(task, count, seed, stream, backend)
    draws = noise.generator(seed, "evaluation", environment_steps)
    returns = _play(environments, act, draws, episodes)
    environments.close()
    return dict(zip(KINDS, returns.reshape(len(KINDS), episodes), strict=True))


def _play(environments, act: Act, draws, still: int) -> np.ndarray:
    """Returns of one episode per environment; the first `still` act without noise."""
    observations = environments.reset()
    returns = np.zeros(environments.count)
    running = np.ones(environments.count, bool)
    while running.any():
        actions = act(observations, draws, still)
        observations, rewards, terminated, truncated = environments.step(actions)
        returns += rewards * running
        running &= ~(terminated | truncated)
    return returns
