"""Episodes that begin and end together: rounds, their log and their replay.

All tasks of the control suite last equally long, so that the episodes of a batch form
rounds; so do those of a single environment of any task. That makes two things simple.
A simulator is only asked to begin a round from given seeds and to advance it. And since
a simulator is deterministic, the place in a round is described by its number and the
actions taken in it.
"""

import zlib
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from mpo_repro.environments.interface import Spec, Step
from mpo_repro.environments.seeding import episode_seeds


class Simulator(Protocol):
    """E simulated environments that know nothing of rounds, seeds or replay.

    Attributes:
      keeps_generators: whether an environment's random generator goes on from episode
        to episode, so that `begin` takes the seeds of the first episodes and how many
        episodes are past, in place of new seeds for every episode.
    """

    keeps_generators: bool

    def begin(self, seeds: list[int], past: int = 0) -> np.ndarray:
        """Begins a new episode per seed; returns observations [E, O], float32."""

    def advance(self, actions: np.ndarray) -> Step:
        """Applies actions [E, A] to episodes that have not ended."""

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """Begins to advance; the function returned waits for the outcome."""

    def close(self) -> None:
        """Frees what the simulator holds."""


class Rounds:
    """Environments (see `interface.Environments`) whose episodes end together."""

    def __init__(
        self,
        simulator: Simulator,
        spec: Spec,
        count: int,
        seed: int,
        stream: int,
        backend: str,
        first: int = 0,
    ):
        """Wraps a simulator.

        Args:
          simulator: E environments of the task.
          spec: sizes of the task.
          count: E.
          seed: seed of the run.
          stream: which of the run's independent batches.
          backend: name of the simulator: its states fit no other.
          first: index of the first environment, where others run beside these.
        """
        self.spec = spec
        self.count = count
        self._simulator = simulator
        self._seed = seed
        self._stream = stream
        self._first = first
        identity = f"{backend} {spec.task} {count} {seed} {stream}"
        identity += f" from {first}" if first else ""
        self._identity = zlib.crc32(identity.encode())
        self._shape = (count, spec.action_size)
        self._actions = np.empty((spec.episode_length, *self._shape), np.float32)
        # [E, O], those of the last step: a copy, the caller owns what it was given.
        shape = count, *spec.observation_shape
        self._observations = np.empty(shape, spec.observation_dtype)
        self._round = -1
        self._taken = 0  # steps taken in this round
        self._over = False

    def reset(self, episode: int = 0) -> np.ndarray:
        """See `interface.Environments.reset`."""
        return self._begin(episode)

    def step(self, actions: np.ndarray) -> Step:
        """See `interface.Environments.step`.

        Raises:
          RuntimeError: if some episodes of the batch end and others do not.
        """
        return self.start(actions)()

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """See `interface.Environments.start`; the function raises what `step` does."""
        self._require_begun()
        actions = np.asarray(actions, np.float32)
        if actions.shape != self._shape:
            raise ValueError(f"actions have shape {actions.shape}, not {self._shape}")
        if self._over:
            return self._next_round
        self._require_choices(actions)
        kept = self._actions[self._taken]
        kept[:] = actions  # the caller's may change before the outcome is asked for
        return partial(self._taken_step, self._simulator.start(kept))

    def state(self) -> dict[str, np.ndarray | int]:
        """See `interface.Environments.state`."""
        self._require_begun()
        return {
            "identity": self._identity,
            "round": self._round,
            "actions": self._actions[: self._taken].copy(),  # [T, E, A]
            "observations": self._observations.copy(),  # [E, O], to check the replay
        }

    def restore(self, state: dict[str, np.ndarray | int]) -> np.ndarray:
        """See `interface.Environments.restore`."""
        if int(state["identity"]) != self._identity:
            raise ValueError(
                "the state belongs to other environments: task, backend, count, "
                "seed or stream differ"
            )
        self._begin(int(state["round"]))
        actions = np.asarray(state["actions"], np.float32)
        self._taken = len(actions)
        self._actions[: self._taken] = actions
        for action in self._actions[: self._taken]:
            self._noted(self._simulator.advance(action))
        if not np.array_equal(self._observations, state["observations"]):
            raise RuntimeError(
                f"replaying {self._taken} steps of {self.spec.task} gave other "
                "observations than were saved: has a simulator's version changed?"
            )
        return self._observations.copy()

    def close(self) -> None:
        """See `interface.Environments.close`."""
        self._simulator.close()
        self._round = -1

    def _begin(self, number):
        kept = self._simulator.keeps_generators
        seeds = episode_seeds(
            self._seed, self._stream, self.count, 0 if kept else number, self._first
        )
        past = (number,) if kept else ()
        observations = self._simulator.begin(seeds, *past)
        self._observations[:] = observations
        self._round, self._taken, self._over = number, 0, False
        return observations

    def _next_round(self):
        observations = self._begin(self._round + 1)
        rewards = np.zeros(self.count, np.float32)
        flags = np.zeros((2, self.count), bool)
        return Step(observations, rewards, *flags)

    def _taken_step(self, wait):
        step = wait()
        self._taken += 1
        return self._noted(step)

    def _noted(self, step):
        ended = np.count_nonzero(step.terminated | step.truncated)
        if 0 < ended < self.count:
            raise RuntimeError(
                f"{ended} of {self.count} episodes of {self.spec.task} ended at step "
                f"{self._taken}: these environments must end together"
            )
        self._over = ended > 0
        self._observations[:] = step.observations
        return step

    def _require_choices(self, actions):
        choices = self.spec.choices
        if choices is not None and not np.isin(actions, np.arange(choices)).all():
            raise ValueError(
                f"actions of {self.spec.task} are whole numbers from 0 to "
                f"{choices - 1}, not {actions.ravel()}"
            )

    def _require_begun(self):
        if self._round < 0:
            raise RuntimeError("call reset() or restore() first")
