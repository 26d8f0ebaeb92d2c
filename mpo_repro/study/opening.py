"""Opening a study: its file, and whether the runs that it names can be."""

from pathlib import Path

from mpo_repro.config import Study, load_study
from mpo_repro.training.refusals import check_actions, check_task


def open_study(name_or_path: str | Path) -> Study:
    """Reads a study and checks all of it, without importing a simulator.

    Args:
      name_or_path: a name in paper_configs/studies, or a path.

    Returns:
      A study whose recipes are complete, and whose tasks exist and suit them.

    Raises:
      ConfigError: naming the file and key that is wrong.
    """
    study = load_study(name_or_path)
    for one in (study, *study.members.values()):
        _check(one)
    return study


def _check(study: Study) -> None:
    """Refuses tasks that do not exist or do not suit the study's recipes."""
    file = f"study {study.name}"
    for index, task in enumerate(study.tasks):
        check_task(task, study.backend_of(task), file, (f"tasks.{index}", "backend"))
    for name in study.arms:
        for task in study.tasks_of(name):
            check_actions(study.recipe(name), task, file, f"arms.{name}")
