"""A look at the folder that a command is given, before what is heavy is imported."""

from pathlib import Path

from mpo_repro.config import ConfigError

RUN = "a run's folder"
RESULTS = "a study's results: run mpo-repro collect first"


def require(folder: Path, allowed: str = RUN) -> None:
    """Refuses a path at which there is nothing.

    Args:
      folder: the path.
      allowed: what has to be there.

    Raises:
      ConfigError: naming both.
    """
    if not folder.exists():
        raise ConfigError(folder, "", "nothing is there", allowed)
