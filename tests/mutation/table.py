"""The recorded outcome: for each mutant of each file the test that it turned red.

table.json holds, by file, a hash of the code and the mutants with their killers; an
empty text means that all tests were green.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import equivalents
import mutants

FILE = Path(__file__).with_name("table.json")
MODULES = Path(__file__).parents[2] / "mpo_repro" / "mpo"
HEADER = ("killed", "equivalent", "survives", "listed, but killed")


class Outcomes(NamedTuple):
    """What is recorded of one file.

    Attributes:
      code: `mutants.fingerprint` of the file that was mutated.
      killers: by key of the mutant its first red test, "" for none.
    """

    code: str
    killers: dict[str, str]


Table = dict[str, Outcomes]  # by stem of the file


def read() -> Table:
    """Reads the committed table."""
    if not FILE.exists():
        return {}
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return {stem: Outcomes(**outcomes) for stem, outcomes in found.items()}


def write(table: Table) -> None:
    """Writes it, one line for each mutant."""
    files = {stem: table[stem]._asdict() for stem in sorted(table)}
    FILE.write_text(json.dumps(files, indent=1) + "\n", encoding="utf-8")


def state(key: str, killer: str) -> str:
    """Returns one of HEADER: whether the mutant is red, and whether it should be."""
    listed = key in equivalents.REASONS
    if killer:
        return "listed, but killed" if listed else "killed"
    return "equivalent" if listed else "survives"


def is_right(key: str, killer: str) -> bool:
    """Whether a mutant is red, or listed; else the mutation test fails for it."""
    return state(key, killer) in ("killed", "equivalent")


def wrong(outcomes: Outcomes) -> list[str]:
    """Lists the mutants for which the mutation test fails, with the state of each."""
    return [
        f"{state(*item)}: {item[0]}"
        for item in outcomes.killers.items()
        if not is_right(*item)
    ]


def stale(table: Table) -> list[str]:
    """Lists the stems of the files that have changed since, are new or are gone."""
    now = {path.stem: mutants.fingerprint(path) for path in modules()}
    then = {stem: outcomes.code for stem, outcomes in table.items()}
    return sorted(stem for stem in now | then if now.get(stem) != then.get(stem))


def modules() -> list[Path]:
    """Lists the files that are mutated."""
    return sorted(path for path in MODULES.glob("*.py") if path.stem != "__init__")


def summary(table: Table) -> str:
    """Counts outcomes by file, as aligned text."""
    lines = [_line("mpo_repro/mpo", ("mutants", *HEADER))]
    for stem, outcomes in sorted(table.items()):
        lines.append(_line(f"{stem}.py", _counts([outcomes])))
    lines.append(_line("all", _counts(table.values())))
    return "\n".join(lines)


def _counts(chosen: Iterable[Outcomes]) -> tuple[int, ...]:
    states = [state(*item) for part in chosen for item in part.killers.items()]
    return len(states), *(states.count(name) for name in HEADER)


def _line(name: str, cells: tuple) -> str:
    widths = (len(header) + 3 for header in ("mutants", *HEADER))
    aligned = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{name:18s}" + "".join(aligned)
