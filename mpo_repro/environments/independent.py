"""Episodes that end each at its own time: batches of one environment, side by side."""

from collections.abc import Callable, Iterable

import numpy as np

from mpo_repro.environments.interface import Spec, Step
from mpo_repro.environments.rounds import Rounds


class Independent:
    """Environments (see `interface.Environments`) that begin and end independently."""

    def __init__(self, single: Iterable[Rounds]):
        """Joins environments.

        Args:
          single: E batches of one environment each, of the same task.
        """
        self._single = tuple(single)
        self.spec: Spec = self._single[0].spec
        self.count = len(self._single)

    def reset(self, episode: int = 0) -> np.ndarray:
        """See `interface.Environments.reset`."""
        return np.concatenate([one.reset(episode) for one in self._single])

    def step(self, actions: np.ndarray) -> Step:
        """See `interface.Environments.step`."""
        return self.start(actions)()

    def start(self, actions: np.ndarray) -> Callable[[], Step]:
        """See `interface.Environments.start`."""
        actions = np.asarray(actions, np.float32)
        shape = self.count, self.spec.action_size
        if actions.shape != shape:
            raise ValueError(f"actions have shape {actions.shape}, not {shape}")
        begun = [
            one.start(action[None])
            for one, action in zip(self._single, actions, strict=True)
        ]

        def outcome() -> Step:
            steps = zip(*(wait() for wait in begun), strict=True)
            return Step(*map(np.concatenate, steps))

        return outcome

    def state(self) -> dict[str, np.ndarray | int]:
        """See `interface.Environments.state`; keys begin with the environment."""
        return {
            f"{index}/{key}": value
            for index, one in enumerate(self._single)
            for key, value in one.state().items()
        }

    def restore(self, state: dict[str, np.ndarray | int]) -> np.ndarray:
        """See `interface.Environments.restore`."""
        if len({key.partition("/")[0] for key in state}) != self.count:
            raise ValueError(f"the state is not one of {self.count} environments")
        parts = []
        for index, one in enumerate(self._single):
            prefix = f"{index}/"
            own = {
                key.removeprefix(prefix): value
                for key, value in state.items()
                if key.startswith(prefix)
            }
            parts.append(one.restore(own))
        return np.concatenate(parts)

    def close(self) -> None:
        """See `interface.Environments.close`."""
        for one in self._single:
            one.close()
