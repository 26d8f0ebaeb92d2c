"""Opening a study: its file, and whether the tasks that it names exist."""

from pathlib import Path

from mpo_repro.config import ConfigError, Study, load_study, nearest
from mpo_repro.environments import TASKS


def open_study(name_or_path: str | Path) -> Study:
    """Reads a study and checks all of it, without importing a simulator.

    Args:
      name_or_path: a name in paper_configs/studies, or a path.

    Returns:
      A study whose recipes are complete and whose tasks exist.

    Raises:
      ConfigError: naming the file and key that is wrong.
    """
    study = load_study(name_or_path)
    for index, task in enumerate(study.tasks):
        if task not in TASKS:
            file = f"study {study.name}"
            raise ConfigError(file, f"tasks.{index}", task, nearest(task, TASKS))
    return study
