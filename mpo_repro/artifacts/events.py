"""A run for TensorBoard: what its tables say, as events.

The tables of the run folder stay the record; the events are made from them, anew each
time, so that they hold the whole run however often it was resumed.
"""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from mpo_repro.runs import tables

FOLDER = "tensorboard"
Scalars = Iterator[tuple[str, float, int]]  # tag, value, environment steps
INSTALL = "python -m pip install 'mpo_repro[tensorboard]'"


class MissingTensorboardError(RuntimeError):
    """The package tensorboard is not installed; the text says how to do it."""


class Events:
    """Events of one run, in the folder `tensorboard` of its run folder."""

    def __init__(self, run: Path):
        """Begins with no events.

        Args:
          run: the run folder; it need not exist yet.

        Raises:
          MissingTensorboardError: if the package is not there.
        """
        if find_spec("tensorboard") is None:
            raise MissingTensorboardError(f"first: {INSTALL}")
        from torch.utils.tensorboard import SummaryWriter

        self._run = run
        shutil.rmtree(run / FOLDER, ignore_errors=True)
        self._writer = SummaryWriter(str(run / FOLDER))
        self._written = dict.fromkeys(_TABLES, 0)  # rows
        self._modified: dict[str, float] = {}

    def follow(self) -> None:
        """Writes what the tables hold more than at the last call."""
        for name, scalars in _TABLES.items():
            path = tables.path(self._run, name)
            if not path.exists() or path.stat().st_mtime == self._modified.get(name):
                continue
            self._modified[name] = path.stat().st_mtime
            try:
                table = pd.read_parquet(path)
            except (OSError, ValueError):  # training names it
                continue
            for tag, value, step in scalars(table.iloc[self._written[name] :]):
                self._writer.add_scalar(tag, value, step)
            self._written[name] = len(table)
        self._writer.flush()

    def close(self) -> None:
        """Writes what is left, and ends."""
        self.follow()
        self._writer.close()


def _curve(rows: pd.DataFrame) -> Scalars:
    """Mean return of each evaluation, and of each step that ended an episode."""
    means = rows.groupby(["environment_steps", "kind"]).episode_return.mean()
    for (step, kind), value in means.items():
        yield f"return/{kind}", value, step


def _diagnostics(rows: pd.DataFrame) -> Scalars:
    for row in rows.itertuples():
        yield f"diagnostics/{row.name}", row.value, row.environment_steps


def _timing(rows: pd.DataFrame) -> Scalars:
    for row in rows.itertuples():
        yield "speed/environment steps", row.steps_per_second, row.environment_steps
        yield "speed/updates", row.updates_per_second, row.environment_steps


_TABLES = {"curve": _curve, "diagnostics": _diagnostics, "timing": _timing}
