"""A look at the folder that a command is given, before what is heavy is imported."""

from pathlib import Path

from mpo_repro.config import ConfigError


def require(folder: Path) -> None:
    """Refuses a path at which there is nothing.

    Raises:
      ConfigError: naming it.
    """
    if not folder.exists():
        raise ConfigError(folder, "", "nothing is there", "a run's folder")
