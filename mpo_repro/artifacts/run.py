"""A trained run: its tables, what is known about it, its policy."""

import functools
import logging
from pathlib import Path

import pandas as pd

from mpo_repro.artifacts.policy import PARTS, Policy
from mpo_repro.config import AnyRecipe, ConfigError, Recipe, algorithm
from mpo_repro.runs import layout, reading, recorded, tables
from mpo_repro.runs.sealed import DamagedRunError
from mpo_repro.training.checkpoint import Checkpoint, StaleCheckpointError

NEEDED = ("task", "backend", "hash", "seed", "recipe")


class Run:
    """A run folder to look into.

    Attributes:
      folder: where it lies.
      details: run.json: settings, versions, machine, how the run ended.
    """

    def __init__(self, folder: Path):
        """Reads run.json.

        Raises:
          ConfigError: if the folder is not that of a run.
        """
        self.folder = folder
        path = folder / layout.RUN
        if not path.is_file():
            raise ConfigError(folder, layout.RUN, "no such file", "a run's folder")
        try:
            self.details = reading.read_details(folder).content
            verified = reading.is_verified(folder)
        except DamagedRunError as error:
            allowed = "the JSON that training writes"
            raise ConfigError(path, "", str(error), allowed) from None
        missing = [key for key in NEEDED if key not in self.details]
        if missing:
            raise ConfigError(path, missing[0], "nothing", "what training writes")
        if not verified:
            logging.warning("%s is older than checksums: unverified", folder)

    def __repr__(self) -> str:
        """Names task, seed and folder."""
        about = self.details
        return f"Run({about['task']}, seed {about['seed']}, {str(self.folder)!r})"

    @functools.cached_property
    def curve(self) -> pd.DataFrame:
        """A row an episode: environment_steps, kind, episode, episode_return, ..."""
        return self._table("curve")

    @functools.cached_property
    def diagnostics(self) -> pd.DataFrame:
        """A row a diagnostic and evaluation: environment_steps, name, value, ..."""
        return self._table("diagnostics")

    @functools.cached_property
    def timing(self) -> pd.DataFrame:
        """A row an evaluation: environment_steps, wall_seconds, speeds."""
        return self._table("timing")

    def _table(self, name: str) -> pd.DataFrame:
        """Reads a table.

        Raises:
          ConfigError: if it is not there, or not what was written.
        """
        try:
            return reading.read_table(self.folder, name)
        except (ValueError, FileNotFoundError) as error:
            path = tables.path(self.folder, name)
            raise ConfigError(path, "", str(error), "what training writes") from None

    @functools.cached_property
    def policy(self) -> Policy:
        """The policy as it was saved last.

        Raises:
          ConfigError: if there is no checkpoint, it is damaged, or the run is of
            another algorithm than MPO.
        """
        if not isinstance(self.recipe, Recipe):
            given = algorithm(self.recipe)
            raise ConfigError(self.folder, "recipe.algorithm", given, "mpo")
        tensors, _ = self.checkpoint
        state = {name: tensors[name][0] for name in PARTS if name in tensors}
        return Policy(self.recipe, self.details["task"], state)

    @functools.cached_property
    def recipe(self) -> AnyRecipe:
        """The settings.

        Raises:
          ConfigError: if they are not those of an algorithm that is known here.
        """
        try:
            return recorded.recipe(self.details)
        except ValueError as error:
            path, allowed = self.folder / layout.RUN, "what training writes"
            raise ConfigError(path, "recipe", str(error), allowed) from None

    @functools.cached_property
    def checkpoint(self) -> tuple[dict, dict]:
        """Tensors, each with its leading R, and facts of the last checkpoint.

        Raises:
          ConfigError: if there is none, or it is damaged.
        """
        about = self.details
        identity = f"{about['hash']}/seed-{about['seed']}"
        try:
            found = Checkpoint(self.folder / "checkpoint", identity).load()
        except StaleCheckpointError as error:
            allowed = f"a whole checkpoint ({error})"
            raise ConfigError(
                self.folder, "checkpoint", "what cannot be used", allowed
            ) from None
        if found is None:
            raise ConfigError(self.folder, "checkpoint", "none", "a run that was saved")
        return found
