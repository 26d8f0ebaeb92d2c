"""What must hold of a run's numbers: finite all of them, values within reach.

A NaN in any parameter is a NaN in the next update's diagnostics, so that these need a
look only now and then; what the environments give is looked at in every step, before
anything is learnt from it. Nothing unsound gets into a checkpoint: the whole state is
looked at before each.
"""

import math

import numpy as np
import torch
from torch import Tensor

UPDATES = 100  # between two looks at the diagnostics: one transfer from the device
# No policy is worth more than the largest reward for ever, |r| / (1 - discount). Ten
# times that is no error that a critic makes while it learns: its targets feed on it.
ROOM = 10.0
FIELDS = (
    "observation",
    "action",
    "executed action",
    "log-probability",
    "reward",
    "continuation",
    "validity",
)
_REWARD = -3  # of a row, from its end


class UnsoundRunError(RuntimeError):
    """A number that cannot be: not finite, or out of all proportion.

    Attributes:
      run: index of the run among those that train together.
    """

    def __init__(self, message: str, run: int = 0):
        """Says what is wrong, and with which run."""
        super().__init__(message)
        self.run = run


class Guard:
    """Looks at the numbers of one run.

    Attributes:
      largest_reward: the largest |r| so far; 1 at least, for rewards yet to be found.
    """

    def __init__(self, discount: float, largest_reward: float = 1.0):
        """Starts, or goes on from what a checkpoint says of `largest_reward`."""
        self.largest_reward = largest_reward
        self._horizon = 1 / (1 - discount)

    @property
    def bound(self) -> float:
        """The largest |Q| that is taken for learning, in units of return."""
        return ROOM * self.largest_reward * self._horizon

    def look_at_step(
        self, rows: np.ndarray, widths: list[int], observations: np.ndarray
    ) -> None:
        """Checks the rows that the last step wrote and the observations it led to.

        Args:
          rows: replay's newest, shape [1, E, sum of widths].
          widths: of a row's fields.
          observations: shape [1, E, O].

        Raises:
          UnsoundRunError: naming what is not finite.
        """
        if not np.isfinite(rows).all():
            raise UnsoundRunError(_in_rows(rows, widths))
        if not np.isfinite(observations).all():
            raise UnsoundRunError(_in_rows(observations, [rows.shape[-1]]))
        largest = float(np.abs(rows[..., _REWARD]).max())
        self.largest_reward = max(self.largest_reward, largest)

    def look_at_update(self, diagnostics: dict[str, Tensor]) -> None:
        """Checks the diagnostics of an update, each [R]; none before the first.

        Raises:
          UnsoundRunError: naming the first that is not finite, or that says that Q has
            diverged.
        """
        if not diagnostics:
            return
        values = torch.stack([*diagnostics.values()]).abs().amax(-1).tolist()
        values = dict(zip(diagnostics, values, strict=True))
        for name, value in values.items():
            if not math.isfinite(value):
                raise UnsoundRunError(f"{name} is {value}")
        # An error of twice the bound is a value or a target beyond it.
        error = math.sqrt(2 * values.get("critic_loss", 0.0)) / 2
        if max(values.get("q_value", 0.0), error) > self.bound:
            raise UnsoundRunError(
                f"Q has diverged: |q_value| {values['q_value']:.4g}, critic_loss "
                f"{values['critic_loss']:.4g}; with rewards up to "
                f"{self.largest_reward:.4g} no |Q| is more than {self.bound / ROOM:.4g}"
            )

    def look_at_returns(self, returns: dict[str, np.ndarray]) -> None:
        """Checks the episode returns of an evaluation, by kind.

        Raises:
          UnsoundRunError: if one is not finite.
        """
        for kind, values in returns.items():
            if not np.isfinite(values).all():
                raise UnsoundRunError(f"a return of evaluation ({kind}) is not finite")

    def look_at_state(self, tensors: dict[str, Tensor]) -> None:
        """Checks everything that a checkpoint would keep.

        Raises:
          UnsoundRunError: naming the tensors with entries that are not finite.
        """
        wrong = [name for name, tensor in tensors.items() if not_finite(tensor)]
        if wrong:
            raise UnsoundRunError(f"{', '.join(wrong)}: entries that are not finite")


def not_finite(tensor: Tensor) -> int:
    """Counts the entries that are NaN or infinite."""
    return int(tensor.numel() - torch.isfinite(tensor).sum())


def _in_rows(rows: np.ndarray, widths: list[int]) -> str:
    """Names the first number that is not finite; rows [R, E, sum of widths]."""
    _, environment, column = np.argwhere(~np.isfinite(rows))[0]
    field = int(np.searchsorted(np.cumsum(widths), column, side="right"))
    value = rows[0, environment, column]
    text = f"{FIELDS[field]} of environment {environment} is {value}"
    if FIELDS[field] == "log-probability":
        text += ": the policy's covariance is singular"
    return text
