"""The names of the files of a run folder."""

from pathlib import Path

from mpo_repro.config.run_spec import marker_name

RUN = "run.json"
# The reason in run.json until the process that trains records how the run ended.
NOT_ENDED = "still training, or the process died"


def marker(folder: Path, steps: int) -> Path:
    """Returns the path of the marker of a budget, in environment steps."""
    return folder / marker_name(steps)


def markers(folder: Path) -> list[Path]:
    """Lists the markers of a run folder, the smallest budget first."""
    found = folder.glob(marker_name("*"))
    numbered = {budget(path): path for path in found}
    return [numbered[steps] for steps in sorted(numbered) if steps >= 0]


def budget(path: Path) -> int:
    """Returns the budget in a marker's name; -1 if the name is no marker's."""
    digits = path.name.removeprefix("steps-").partition(".")[0]
    known = digits.isdecimal() and path.name == marker_name(int(digits))
    return int(digits) if known else -1
