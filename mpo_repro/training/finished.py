"""Whether a run has anything left to do."""

import logging
from pathlib import Path

from mpo_repro.runs import layout, marking, tables
from mpo_repro.training.checkpoint import StaleCheckpointError


def is_finished(folder: Path, steps: int) -> bool:
    """Returns whether a run has reached a budget and its tables are whole.

    A finished run with a damaged table is not finished as long as its checkpoint can
    write the table again; the log names the file.

    Args:
      folder: the run folder.
      steps: the budget, environment steps.

    Raises:
      StaleCheckpointError: if a file is damaged and there is no checkpoint.
    """
    path = layout.marker(folder, steps)
    if not path.exists():
        return False
    try:
        marker = marking.read_marker(path)
        for name in tables.TABLES if marker.verified else ():
            marker.check(name, tables.read(folder, name))
    except (ValueError, FileNotFoundError) as error:
        if not any((folder / "checkpoint").glob("state-*")):
            text = f"{folder}: {error}, and there is no checkpoint to mend it from"
            raise StaleCheckpointError(text) from None
        logging.warning("%s: %s; made again from the checkpoint", folder, error)
        return False
    return True
