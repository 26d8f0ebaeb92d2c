"""A trained policy that acts in gymnasium's environments.

policy = load_policy("results/runs/cartpole-swingup/0123456789ab/seed-0")
environment = gymnasium.make("mpo_repro/cartpole-swingup-v0")
observation, _ = environment.reset()
observation, *_ = environment.step(policy(observation))
"""

from pathlib import Path

import numpy as np
from torch import Tensor

from mpo_repro.artifacts import worlds
from mpo_repro.config import Recipe
from mpo_repro.environments import spec
from mpo_repro.training import evaluation, normaliser
from mpo_repro.training.problem import action_size, problem

PARTS = ("policy", normaliser.MEAN, normaliser.SQUARES, normaliser.COUNT)


class Policy:
    """A policy and all that it needs to act.

    Attributes:
      task: for which it was trained.
      problem: its architecture and settings.
      state: its tensors, those of PARTS that it has.
      act: acts as `training.evaluation.Stage.play` asks.
    """

    def __init__(self, recipe: Recipe, task: str, state: dict[str, Tensor]):
        """Puts a policy together.

        Args:
          recipe: with which it was trained.
          task: a name of `mpo_repro.environments.TASKS`.
          state: its tensors, without a leading R; others than PARTS are left.
        """
        sizes = spec(task)
        self.task = task
        self.problem = problem(
            recipe, sizes.observation_size, action_size(recipe, sizes)
        )
        self.state = {name: state[name] for name in PARTS if name in state}
        self.act = evaluation.acting(self.problem, self.state)
        self._shape = sizes.observation_shape
        self._largest = worlds.largest_action(task)
        self._draws = np.random.default_rng()

    def seed(self, seed: int) -> None:
        """Begins the noise of sampled actions anew."""
        self._draws = np.random.default_rng(seed)

    def __call__(
        self, observation: np.ndarray, deterministic: bool = True
    ) -> np.ndarray | int:
        """Chooses an action.

        Args:
          observation: as the environment of the task gives it, shape [O], or [E, O]
            for several environments; images [F, H, W] or [E, F, H, W].
          deterministic: the mean action; False draws from the policy.

        Returns:
          The action within the environment's bounds, float32, [A] or [E, A]; where
          actions are discrete an integer, or [E] of them.

        Raises:
          ValueError: if the observation has another shape.
        """
        given = np.asarray(observation, np.float32)
        single = given.ndim == len(self._shape)
        batch = given[None] if single else given
        if batch.shape[1:] != self._shape:
            inner = ", ".join(map(str, self._shape))
            raise ValueError(
                f"an observation of {self.task} has shape [{inner}] or [E, {inner}], "
                f"not {list(given.shape)}"
            )
        actions = self.act(batch, self._draws, len(batch) if deterministic else 0)
        if self._largest is None:
            actions = actions[:, 0].astype(np.int64)
            return int(actions[0]) if single else actions
        actions = actions * self._largest
        return actions[0] if single else actions


def load_policy(path: str | Path) -> Policy:
    """Loads a policy.

    Args:
      path: a run folder, or a folder that `mpo-repro export` wrote.

    Raises:
      ConfigError: if it is neither, or what lies there is damaged or of another
        algorithm than MPO.
    """
    from mpo_repro.artifacts import export, run

    folder = Path(path)
    if (folder / export.DESCRIPTION).is_file():
        return export.load(folder)
    return run.Run(folder).policy
