"""Evaluation: whole episodes of the current policy, apart from training.

It has its own environments, made once, and its own noise. The starts of evaluation k
and its noise follow from the run's seed and k: looking changes nothing that is learnt,
and a run that was interrupted sees what it would have seen.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mpo_repro.environments import Environments, make
from mpo_repro.mpo import networks
from mpo_repro.training import noise, normaliser
from mpo_repro.training.problem import Problem, executed, for_environment

KINDS = ("mean", "sampled")
STREAM = 1  # stream 0 of the environments is training
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
        with torch.inference_mode():
            seen = normaliser.normalise(state, torch.from_numpy(observations).clone())
            distribution = networks.policy(problem.policy, state["policy"], seen)
            drawn = distribution.sample(torch.from_numpy(noise_))
            return for_environment(problem, executed(problem, drawn)).numpy()

    return act


class Stage:
    """Where a run's evaluations are played.

    Attributes:
      seed: of starts and noise.
    """

    def __init__(self, task: str, backend: str, seed: int, episodes: int):
        """Makes the environments.

        Args:
          task: name of the task.
          backend: name of the environments' backend.
          seed: the run's seed.
          episodes: episodes of each kind.
        """
        self.seed, self._episodes = seed, episodes
        self._environments = make(task, len(KINDS) * episodes, seed, STREAM, backend)

    def prepare(self) -> None:
        """Makes what is left to the first episode: simulators and their memory."""
        self._environments.reset()

    def play(self, act: Act, number: int) -> dict[str, np.ndarray]:
        """Plays episodes with a policy's mean and with sampled actions.

        Args:
          act: gives actions [E, A], float32, at observations [E, O]: without noise in
            the first rows, as many as it is told, and with noise of the generator
            elsewhere.
          number: k of the evaluation, from 0; fixes starts and noise.

        Returns:
          Episode returns of each of KINDS, shape [episodes].
        """
        draws = noise.generator(self.seed, "evaluation", number)
        environments, still = self._environments, self._episodes
        returns = _play(environments, act, number, draws, still)
        return dict(zip(KINDS, returns.reshape(len(KINDS), still), strict=True))


def _play(
    environments: Environments, act: Act, number: int, draws, still: int
) -> np.ndarray:
    """Returns of one episode per environment; the first `still` act without noise."""
    observations = environments.reset(number)
    returns = np.zeros(environments.count)
    running = np.ones(environments.count, bool)
    while running.any():
        actions = act(observations, draws, still)
        observations, rewards, terminated, truncated = environments.step(actions)
        returns += rewards * running
        running &= ~(terminated | truncated)
    return returns
