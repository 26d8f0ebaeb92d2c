"""Acting: environments, the policy's noise, and what goes into replay."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mpo_repro.environments import Environments, Step
from mpo_repro.mpo import distributions, networks
from mpo_repro.training import noise, normaliser
from mpo_repro.training.learner import Learner, over_runs
from mpo_repro.training.problem import Problem, executed, for_environment
from mpo_repro.training.replay import Replay

ACTING = ("policy", normaliser.MEAN, normaliser.SQUARES, normaliser.COUNT)  # of a state
ALIGNMENT = 64  # bytes


class Episode(NamedTuple):
    """One finished episode of behaviour."""

    run: int  # index r of the run
    environment_steps: int  # of the run, when it ended
    episode_return: float


class Actor:
    """Steps E environments of each of R runs with the current policies.

    Attributes:
      environment_steps, episodes: transitions and ends of episodes per run since the
        start (the same for all runs as long as their episodes end together).
      iterations: calls of `step`; the noise counter.
    """

    def __init__(self, learner: Learner, environments: list[Environments]):
        """Starts the first episodes.

        Args:
          learner: whose policy acts.
          environments: one batch of E environments per run.
        """
        self.learner, self.environments = learner, environments
        self.environment_steps = self.episodes = self.iterations = 0
        self.observations = np.stack([batch.reset() for batch in environments])
        runs, count = self.observations.shape[:2]
        self.ended = np.zeros((runs, count), bool)  # the observation is a last one
        self.returns = np.zeros((runs, count))
        on_host = learner.device.type == "cpu"
        self._act = (
            in_turn if on_host else over_runs(act, learner.compiled, learner.device)
        )

    def step(
        self, replay: Replay, meanwhile: Callable[[], None] = lambda: None
    ) -> list[Episode]:
        """Takes one step in every environment and stores it.

        Args:
          replay: where.
          meanwhile: called once actions are drawn, such as updates. Simulators with a
            thread of their own step beside it; what it starts on another device goes
            on there while the others step.

        Returns:
          The episodes that ended with this step.
        """
        actions, log_probs = self._draw()
        within = executed(self.learner.problem, actions)
        given = for_environment(self.learner.problem, within).numpy()
        pairs = zip(self.environments, given, strict=True)
        begun = [batch.start(one) for batch, one in pairs]
        meanwhile()
        following, rewards, terminated, truncated = self._advance(begun)
        valid = ~self.ended
        continues = self._continues(terminated, truncated)
        drawn = actions.numpy(), within.numpy(), log_probs.numpy()
        replay.add(self.observations, *drawn, rewards, continues, valid)
        self.returns += rewards
        stepped = valid.sum(-1)
        if (stepped != stepped[0]).any():
            raise ValueError(
                "runs train together only where episodes last equally long"
            )
        self.iterations += 1
        self.observations, self.ended = following, terminated | truncated
        counts = int(stepped[0]), int(self.ended[0].sum())
        steps, episodes = self.learner.group.totals(*counts)
        self.environment_steps += steps
        self.episodes += episodes
        return self._finished()

    def tensors(self) -> dict[str, Tensor]:
        """Returns what a checkpoint keeps of the actor besides its counters."""
        arrays = {"ended": self.ended, "returns": self.returns}
        arrays["observations"] = self.observations
        return {name: torch.from_numpy(value) for name, value in arrays.items()}

    def counters(self) -> dict[str, int]:
        """Returns what a checkpoint keeps besides."""
        names = "environment_steps", "episodes", "iterations"
        return {name: getattr(self, name) for name in names}

    def restore(self, tensors: dict[str, Tensor], counters: dict[str, int]) -> None:
        """Takes up what `tensors` and `counters` returned."""
        for name, value in tensors.items():
            setattr(self, name, value.numpy().copy())
        for name, number in counters.items():
            setattr(self, name, number)

    def _draw(self) -> tuple[Tensor, Tensor]:
        learner = self.learner
        shape = (self.observations.shape[1], learner.problem.policy.action_size)
        draws = noise.normal(learner.seeds, "behaviour", self.iterations, shape)
        draws = draws.to(learner.device)
        # A copy, for torch's alignment: matrix products round by where rows begin.
        observations = torch.from_numpy(self.observations).to(learner.device, copy=True)
        with torch.no_grad():
            normaliser.note(learner.state, observations)
            state = {n: learner.state[n] for n in ACTING if n in learner.state}
            drawn = self._act(learner.problem, state, observations, draws)
        return drawn[0].cpu(), drawn[1].cpu()

    def _continues(self, terminated: np.ndarray, truncated: np.ndarray) -> np.ndarray:
        """False where the value of the next state does not count, [R, E]."""
        limited = self.learner.recipe.data.time_limit == "termination"
        ended = terminated | truncated if limited else terminated
        return ~ended

    def _advance(self, begun: list[Callable[[], Step]]) -> list[np.ndarray]:
        """Waits for the steps of all runs; fields of `Step`, each [R, E, ...]."""
        steps = [wait() for wait in begun]
        return [np.array(field) for field in zip(*steps, strict=True)]

    def _finished(self) -> list[Episode]:
        if not self.ended.any():
            return []
        episodes = [
            Episode(int(run), self.environment_steps, float(self.returns[run, index]))
            for run, index in np.argwhere(self.ended)
        ]
        self.returns[self.ended] = 0.0
        return episodes


def act(
    problem: Problem, state: dict[str, Tensor], observations: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """Draws actions [E, A] and their log-densities [E], nats, at states [E, O]."""
    observations = normaliser.normalise(state, observations)
    distribution = networks.policy(problem.policy, state["policy"], observations)
    actions = distribution.sample(noise)
    # Not from the noise alone: a covariance that is singular must be seen here.
    return actions, distributions.log_prob(distribution, actions)


@torch.inference_mode()
def in_turn(
    problem: Problem, state: dict[str, Tensor], observations: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor]:
    """Acts for R runs one after the other; a leading axis R for all but the problem.

    A run computes the very bits that it computes alone. For the few rows of acting,
    calls take most of the time: a compiler's would take longer than the operations.
    """
    runs = []
    for run in range(len(observations)):
        one = {name: _aligned(value[run]) for name, value in state.items()}
        runs.append(act(problem, one, _aligned(observations[run]), noise[run]))
    actions, log_probs = zip(*runs, strict=True)
    return torch.stack(actions), torch.stack(log_probs)


def _aligned(tensor: Tensor) -> Tensor:
    """Returns a tensor that begins where torch's own do: products round by that."""
    return tensor if tensor.data_ptr() % ALIGNMENT == 0 else tensor.clone()
