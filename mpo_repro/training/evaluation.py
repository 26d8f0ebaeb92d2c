"""Evaluation: whole episodes of the current policy, apart from training.

It has its own environments and noise, made anew from the run's seed and the number of
environment steps: how often one looks changes neither what is learnt nor what is seen.
"""

import numpy as np
import torch
from torch import Tensor

from mpo_repro.environments import make
from mpo_repro.mpo import networks
from mpo_repro.training import noise

KINDS = ("mean", "sampled")
FIRST_STREAM = 1  # stream 0 of the environments is training


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
    count = len(KINDS) * episodes
    stream = FIRST_STREAM + environment_steps
    environments = make(task, count, seed, stream, backend)
    draws = noise.generator(seed, "evaluation", environment_steps)
    returns = _play(environments, network, policy, draws, episodes)
    environments.close()
    return dict(zip(KINDS, returns.reshape(len(KINDS), episodes), strict=True))


def _play(environments, network, policy, draws, still: int) -> np.ndarray:
    """Returns of one episode per environment; the first `still` act without noise."""
    observations = environments.reset()
    returns = np.zeros(environments.count)
    running = np.ones(environments.count, bool)
    shape = (environments.count, network.action_size)
    while running.any():
        noise_ = draws.standard_normal(shape, dtype=np.float32)
        noise_[:still] = 0
        with torch.no_grad():
            distribution = networks.policy(
                network, policy, torch.from_numpy(observations).clone()
            )
            actions = distribution.sample(torch.from_numpy(noise_)).clamp(-1, 1)
        observations, rewards, terminated, truncated = environments.step(
            actions.numpy()
        )
        returns += rewards * running
        running &= ~(terminated | truncated)
    return returns
