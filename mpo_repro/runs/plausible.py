"""Values that no run can have: what is checked where there is no checksum as well."""

import re

import numpy as np
import pandas as pd

KINDS = ("sampled", "mean", "behaviour")
COUNTERS = ("environment_steps", "learner_updates", "episode")
SERIES = {"kind", "name"}  # columns that say what a row is of
# Control suite: 1,000 rewards between 0 and 1, added up as float32.
SUITE = (-0.1, 1000.1)
_NOT_SUITE = re.compile(r".+-v[0-9]+")  # gymnasium's and Atari's tasks


def check_steps(name: str, table: pd.DataFrame) -> None:
    """Refuses counters that are negative, and steps that fall from row to row.

    Args:
      name: of the table; rows of each kind or name are looked at by themselves.
      table: with environment_steps and learner_updates.

    Raises:
      ValueError: naming the table's file.
    """
    counters = [column for column in COUNTERS if column in table]
    if (table[counters] < 0).any(axis=None):
        raise ValueError(f"{name}.parquet has a negative counter")
    steps = table[["environment_steps", "learner_updates"]]
    falls = steps.diff() < 0
    for column in SERIES & set(table.columns):
        falls = steps.groupby(table[column].to_numpy()).diff() < 0
    if falls.any(axis=None):
        raise ValueError(f"{name}.parquet has steps that fall")


def check_returns(curve: pd.DataFrame, task: str) -> None:
    """Refuses kinds and returns that there cannot be.

    Args:
      curve: with kind and episode_return.
      task: the range of its returns is known if it is of the control suite.

    Raises:
      ValueError: naming the table's file.
    """
    unknown = sorted(set(curve["kind"]) - set(KINDS))
    if unknown:
        raise ValueError(f"curve.parquet has unknown kinds {', '.join(unknown)}")
    returns = curve["episode_return"]
    if not np.isfinite(returns).all():
        raise ValueError("curve.parquet has a return that is not finite")
    if _NOT_SUITE.fullmatch(task):
        return
    outside = returns[(returns < SUITE[0]) | (returns > SUITE[1])]
    if len(outside):
        text = f"a return of {outside.iloc[0]:g}, outside 0 to 1000 of {task}"
        raise ValueError(f"curve.parquet has {text}")
