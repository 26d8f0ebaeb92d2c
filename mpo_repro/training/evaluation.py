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
from mpo_repro.training import noise, normaliser
from mpo_repro.training.problem import Problem, executed, for_environment

KINDS = ("mean", "sampled")
FIRST_STREAM = 1  # stream 0 of the environments is training
Act = Callable[[np.ndarray, np.random.Generator, int], np.ndarray]


def acting(problem: Problem, state: dict[str, Tensor]) -> Act:
    """Makes a function that acts as `play` asks.

    Args:
      problem: the run's constants.
      state: tensors of one run (no leading R): `policy`, and the statistics of
        `normaliser`, if observations are normalised.
    """

    def act(observations, draws, still):
        shape = len(observations), problem.policy.action_size
        noise_ = draws.standard_normal(shape, dtype=np.float32)
        noise_[:still] = 0
        with torch.no_grad():
            seen = normaliser.normalise(state, torch.from_numpy(observations).clone())
            distribution = networks.policy(problem.policy, state["policy"], seen)
            drawn = distribution.sample(torch.from_numpy(noise_))
            return for_environment(problem, executed(problem, drawn)).numpy()

    return act


def play(
    act: Act,
    task: str,
    backend: str,
    seed: int,
    environment_steps: int,
    episodes: int,
) -> dict[str, np.ndarray]:
    """Plays episodes with a policy's mean and with sampled actions.

    Args:
      act: gives actions [E, A], float32, at observations [E, O]: without noise in the
        first rows, as many as it is told, and with noise of the generator elsewhere.
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
