"""A trained run: its tables, what is known about it, its policy."""

import functools
import json
from pathlib import Path

import pandas as pd

from mpo_repro.artifacts.policy import Policy
from mpo_repro.config import ConfigError, Recipe
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
        path = folder / "run.json"
        if not path.is_file():
            raise ConfigError(folder, "run.json", "no such file", "a run's folder")
        try:
            self.details = json.loads(path.read_text("utf-8"))
            missing = [key for key in NEEDED if key not in self.details]
        except (ValueError, TypeError) as error:
            raise ConfigError(path, "", str(error), "JSON") from None
        if missing:
            raise ConfigError(path, missing[0], "nothing", "what training writes")

    def __repr__(self) -> str:
        """Names task, seed and folder."""
        about = self.details
        return f"Run({about['task']}, seed {about['seed']}, {str(self.folder)!r})"

    @functools.cached_property
    def curve(self) -> pd.DataFrame:
        """A row an episode: environment_steps, kind, episode, episode_return, ..."""
        return pd.read_parquet(self.folder / "curve.parquet")

    @functools.cached_property
    def diagnostics(self) -> pd.DataFrame:
        """A row a diagnostic and evaluation: environment_steps, name, value, ..."""
        return pd.read_parquet(self.folder / "diagnostics.parquet")

    @functools.cached_property
    def timing(self) -> pd.DataFrame:
        """A row an evaluation: environment_steps, wall_seconds, speeds."""
        return pd.read_parquet(self.folder / "timing.parquet")

    @functools.cached_property
    def policy(self) -> Policy:
        """The policy as it was saved last.

        Raises:
          ConfigError: if there is no checkpoint, it is damaged, or the run is of
            another algorithm than MPO.
        """
        tensors, _ = self.checkpoint
        state = {name: tensor[0] for name, tensor in tensors.items() if tensor.ndim}
        return Policy(self.recipe, self.details["task"], state)

    @functools.cached_property
    def recipe(self) -> Recipe:
        """The settings.

        Raises:
          ConfigError: if they are those of another algorithm than MPO.
        """
        path, said = self.folder / "run.json", self.details["recipe"]
        other = said.get("algorithm", "mpo") if isinstance(said, dict) else "none"
        if other != "mpo":
            raise ConfigError(path, "recipe.algorithm", other, "mpo")
        try:
            return Recipe.model_validate(said, strict=False)
        except ValueError as error:
            told = str(error).splitlines()[0]
            raise ConfigError(path, "recipe", told, "a recipe of MPO") from None

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
            raise ConfigError(
                self.folder, "checkpoint", str(error), "a whole one"
            ) from None
        if found is None:
            raise ConfigError(self.folder, "checkpoint", "none", "a run that was saved")
        return found
