"""The control suite's tasks as environments of gymnasium.

    import gymnasium
    import mpo_repro

    environment = gymnasium.make("mpo_repro/cartpole-swingup-v0")

They are dm_control's own, with the flat observations and the actions in [-1, 1] that
training sees; an episode's start is a function of the seed.
"""

import sys
from typing import Any

import gymnasium
import numpy as np

from mpo_repro.artifacts import renderer
from mpo_repro.environments import spec, suite

NAMESPACE = "mpo_repro"
VERSION = 0
LARGEST_SEED = 2**31
PICTURE = (240, 320)  # height and width, pixels


def environment_id(task: str) -> str:
    """Gives the id under which a task of the suite is registered."""
    return f"{NAMESPACE}/{task}-v{VERSION}"


def register() -> None:
    """Registers every task of the suite with gymnasium; again does nothing."""
    for task in suite.TASKS:
        if environment_id(task) in gymnasium.registry:
            continue
        gymnasium.register(
            environment_id(task),
            entry_point=f"{__name__}:SuiteTask",
            max_episode_steps=suite.EPISODE_LENGTH,
            kwargs={"task": task},
        )


class SuiteTask(gymnasium.Env):
    """One task of the control suite."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}

    def __init__(self, task: str, render_mode: str | None = None):
        """Compiles the task.

        Args:
          task: a name of `mpo_repro.environments.suite.TASKS`.
          render_mode: None, or "rgb_array": `render` gives pictures.

        Raises:
          ValueError: if the task is unknown, or there is no such mode.
          NoRendererError: if pictures are asked for and nothing draws here.
        """
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode is None or rgb_array, not {render_mode!r}")
        if render_mode is not None and "dm_control" not in sys.modules:
            renderer.use()  # dm_control chooses when it is imported, and then keeps it
        from mpo_repro.environments.dm_control_suite import DmControlSuite

        sizes = spec(task)
        self._simulator = DmControlSuite(task, 1)
        self.render_mode = render_mode
        frames = round(1 / self._simulator.control_seconds)
        self.metadata = self.metadata | {"render_fps": frames}
        self.observation_space = gymnasium.spaces.Box(
            -np.inf, np.inf, (sizes.observation_size,), np.float32
        )
        self.action_space = gymnasium.spaces.Box(
            -1.0, 1.0, (sizes.action_size,), np.float32
        )

    def reset(
        self, *, seed: int | None = None, options: dict | None = None
    ) -> tuple[np.ndarray, dict]:
        """Begins an episode; see gymnasium. There are no options."""
        super().reset(seed=seed)
        start = int(self.np_random.integers(LARGEST_SEED))
        return self._simulator.begin([start])[0], {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Takes one step; see gymnasium."""
        actions = np.asarray(action, np.float32).reshape(1, -1)
        result = self._simulator.advance(actions)
        ends = bool(result.terminated[0]), bool(result.truncated[0])
        return result.observations[0], float(result.rewards[0]), *ends, {}

    def render(self) -> np.ndarray | None:
        """Draws the scene as it stands: uint8, [height, width, 3]; None without mode.

        Raises:
          RuntimeError: from dm_control, if no renderer works here.
        """
        if self.render_mode is None:
            return None
        return self._simulator.picture(0, *PICTURE)

    def close(self) -> None:
        """Frees the simulator."""
        self._simulator.close()
