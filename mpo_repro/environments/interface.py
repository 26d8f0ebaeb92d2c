"""What every batch of environments promises, whatever simulates it.

Letters in shapes: E environments, O observation elements, A action dimensions.
Where observations are images, their shape stands in place of O, and uint8 for float32.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np


@dataclass(frozen=True)
class Spec:
    """The sizes of a task.

    Attributes:
      task: name of the task, e.g. "cartpole-swingup".
      observation_size: O, elements of the flat observation.
      action_size: A, dimensions of an action; 1 if actions are discrete.
      episode_length: environment steps before the time limit ends an episode.
      choices: None if actions are continuous: each dimension then lies in [-1, 1],
        which the environment scales to its bounds. Otherwise how many discrete
        actions there are: an action is the number of one of them, 0 to choices - 1,
        held as float32 so that acting and replay treat both kinds alike.
      image: None if observations are vectors, float32. Otherwise their shape: the last
        frames, height and width, of brightness 0 to 255, uint8.
    """

    task: str
    observation_size: int
    action_size: int
    episode_length: int
    choices: int | None = None
    image: tuple[int, int, int] | None = None

    @property
    def observation_shape(self) -> tuple[int, ...]:
        """The shape of one observation."""
        return self.image or (self.observation_size,)

    @property
    def observation_dtype(self) -> type[np.generic]:
        """The type of its elements."""
        return np.float32 if self.image is None else np.uint8


class Step(NamedTuple):
    """The outcome of one step of every environment.

    Attributes:
      observations: float32, shape [E, O].
      rewards: float32, shape [E], in units of return.
      terminated: bool, shape [E]; the episode ended and its future is worth nothing.
      truncated: bool, shape [E]; the time limit cut the episode: bootstrap from
        the observation.
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray


class Environments(Protocol):
    """A batch of E environments of one task, stepped together.

    The start of episode k of environment e is a function of (seed, stream, e, k)
    only. An environment whose episode ended ignores the action of the next step
    and returns the first observation of its next episode, with reward 0 and both
    flags False ("next-step autoreset"): that pair is no transition.

    Attributes:
      spec: sizes of the task.
      count: E.
    """

    spec: Spec
    count: int

    def reset(self, episode: int = 0) -> np.ndarray:
        """Begins an episode of every environment.

        Args:
          episode: its number k; the first one is 0.

        Returns:
          observations, float32, shape [E, O].
        """

    def step(self, actions: np.ndarray) -> Step:
        """Advances every environment by one step.

        Args:
          actions: float32, shape [E, A]; what they may be says `Spec.choices`.

        Returns:
          The outcome; its arrays are fresh and belong to the caller.

        Raises:
          RuntimeError: if `reset` or `restore` was not called before.
          ValueError: if the shape of the actions is wrong, or a discrete action is
            not the number of one.
        """

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """Begins a step, which a simulator with a thread of its own takes by itself.

        Args:
          actions: as in `step`.

        Returns:
          A function that waits for the outcome. It is called once, before anything
          else is asked of the environments; without it, the step is not taken.

        Raises:
          What `step` raises.
        """

    def state(self) -> dict[str, np.ndarray | int]:
        """Describes where the environments stand, in plain arrays and integers.

        Raises:
          RuntimeError: if `reset` or `restore` was not called before.
        """

    def restore(self, state: dict[str, np.ndarray | int]) -> np.ndarray:
        """Returns to a described place: what follows is the same, bit for bit.

        Args:
          state: what `state` gave, in this process or an earlier one.

        Returns:
          observations at that place, float32, shape [E, O].

        Raises:
          ValueError: if the state belongs to other environments.
          RuntimeError: if the replay arrives at another observation.
        """

    def close(self) -> None:
        """Frees the simulators."""
