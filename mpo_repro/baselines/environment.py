"""One environment of this project as Stable-Baselines3 wants to see it."""

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from mpo_repro.environments import Environments, Spec


class SingleEnvironment(VecEnv):
    """A batch of one environment, E = 1.

    Where an episode ends, Stable-Baselines3 expects the first observation of the next
    one at once, the last one and what ended it beside it.

    Attributes:
      episode_return: of the episode under way, in units of return.
    """

    def __init__(self, environments: Environments):
        """Wraps a batch of one environment that has not begun yet."""
        sizes = environments.spec
        low = np.full(sizes.observation_size, -np.inf, np.float32)
        observations = spaces.Box(low, -low, dtype=np.float32)
        super().__init__(1, observations, action_space(sizes))
        self._environments = environments
        self._actions = np.empty((1, sizes.action_size), np.float32)
        self.episode_return = 0.0

    def reset(self) -> np.ndarray:
        """Begins the first episode; observations [1, O]."""
        self.episode_return = 0.0
        return aligned(self._environments.reset())

    def step_async(self, actions: np.ndarray) -> None:
        """Takes the action that `step_wait` applies."""
        self._actions = np.asarray(actions, np.float32).reshape(self._actions.shape)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        """Applies it.

        Returns:
          observations [1, O], rewards [1], ends [1] and a dictionary; at an end it has
          the last observation, whether the time limit was it, and the return.
        """
        step = self._environments.step(self._actions)
        ended = step.terminated | step.truncated
        self.episode_return += float(step.rewards[0])
        if not ended[0]:
            return aligned(step.observations), step.rewards, ended, [{}]
        about = {
            "terminal_observation": aligned(step.observations[0]),
            "TimeLimit.truncated": bool(step.truncated[0]),
            "episode_return": self.episode_return,
        }
        self.episode_return = 0.0
        following = self._environments.step(self._actions).observations
        return aligned(following), step.rewards, ended, [about]

    def state(self) -> dict[str, np.ndarray | int]:
        """See `Environments.state`."""
        return self._environments.state()

    def restore(self, state: dict[str, np.ndarray | int]) -> None:
        """See `Environments.restore`."""
        self._environments.restore(state)

    def close(self) -> None:
        """Frees the simulator."""
        self._environments.close()

    def get_attr(self, attr_name: str, indices=None) -> list:
        """Finds only that nothing is drawn, which is asked of every environment."""
        if attr_name != "render_mode":
            raise AttributeError(attr_name)
        return [None]

    def set_attr(self, attr_name: str, value: object, indices=None) -> None:
        """Refuses: nothing can be set."""
        raise AttributeError(attr_name)

    def env_method(self, method_name: str, *args, indices=None, **kwargs) -> list:
        """Refuses: there is nothing to call."""
        raise AttributeError(method_name)

    def env_is_wrapped(self, wrapper_class: type, indices=None) -> list[bool]:
        """Says that nothing is wrapped around the environment."""
        return [False]


class Normalised(VecNormalize):
    """Scales observations and rewards by their running moments."""

    def normalize_obs(self, obs: np.ndarray) -> np.ndarray:
        """Scales observations by the moments as they stand."""
        return aligned(super().normalize_obs(obs))


def aligned(array: np.ndarray) -> np.ndarray:
    """Copies an array to where torch would put it.

    Matrix products round by where rows begin: a run that is resumed must not depend
    on it.
    """
    return torch.from_numpy(array).clone().numpy()


def action_space(sizes: Spec) -> spaces.Space:
    """Describes a task's actions: a box of [-1, 1], or so many choices."""
    if sizes.choices is not None:
        return spaces.Discrete(sizes.choices)
    return spaces.Box(-1.0, 1.0, (sizes.action_size,), np.float32)
