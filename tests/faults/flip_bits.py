"""Flips single bits in the files of a finished run, or of a study's data, and reads it.

    python tests/faults/flip_bits.py                     500 bits of a run
    python tests/faults/flip_bits.py --flips 20 --seed 1
    python tests/faults/flip_bits.py --data reports/laptop

After each flip a run is read as `collect` reads it, and its checkpoint as training
does; a copy of a study's data is read as pages and verdicts read it. Either the damaged
file is named in one line, or what is read has the same bytes as before; then the bit is
flipped back.
"""

import argparse
import logging
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import small

from mpo_repro.analysis import checksums, results
from mpo_repro.analysis.collect import COVERED
from mpo_repro.analysis.run_folder import UnusableRunError, read_run
from mpo_repro.analysis.tables import STUDY
from mpo_repro.config import recipe_hash
from mpo_repro.environments import spec
from mpo_repro.runs import tables
from mpo_repro.training import process
from mpo_repro.training.checkpoint import Checkpoint, StaleCheckpointError
from mpo_repro.training.problem import action_size
from mpo_repro.training.replay import empty_replay

NAMED, HARMLESS, ACCEPTED = "named", "harmless", "accepted"


class RunReader:
    """Reads a run of a plan, tables and checkpoint."""

    def __init__(self, plan, folder: Path):
        """Looks at nothing yet."""
        self.plan, self.folder = plan, folder
        self.hash = recipe_hash(plan.recipe, plan.task, plan.backend)

    def read(self, path: Path) -> str | tuple:
        """Returns what a file's readers get, or the line in which they name it."""
        if path.parent.name == "checkpoint":
            return self._checkpoint()
        plan = self.plan
        try:
            run = read_run(self.folder, plan.task, plan.seed, self.hash, plan.steps)
        except UnusableRunError as error:
            return str(error)
        digests = [tables.digest(name, getattr(run, name)) for name in tables.TABLES]
        return repr(run.details), run.verified, *digests

    def _checkpoint(self) -> str | tuple:
        sizes = spec(self.plan.task)
        widths = sizes.observation_size, action_size(self.plan.recipe, sizes)
        replay = empty_replay([self.plan], widths)
        warnings = _Warnings()
        logging.getLogger().addHandler(warnings)
        try:
            identity = f"{self.hash}/seed-{self.plan.seed}"
            found = Checkpoint(self.folder / "checkpoint", identity).load(replay)
        except StaleCheckpointError as error:
            return str(error)
        finally:
            logging.getLogger().removeHandler(warnings)
        if warnings.lines:
            return warnings.lines[0]
        state = {name: value.numpy().tobytes() for name, value in found[0].items()}
        return repr(found[1]), repr(state), replay.rows.numpy().tobytes()


class StudyReader:
    """Reads a study's collected tables."""

    def __init__(self, folder: Path):
        """Looks at nothing yet."""
        self.folder = folder

    def read(self, _: Path) -> str | tuple:
        """Returns the study and its tables, or the line in which a file is named."""
        try:
            found = results.load(self.folder)
        except (ValueError, FileNotFoundError) as error:
            return str(error)
        parts = (getattr(found, name) for name in STUDY)
        return repr(found.study), *(part.to_csv() for part in parts)


class _Warnings(logging.Handler):
    """Keeps the lines of the log."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def flip(path: Path, bit: int) -> None:
    """Flips one bit of a file, in its place."""
    with path.open("r+b") as file:
        file.seek(bit // 8)
        [byte] = file.read(1)
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))


def attack_run(folder: Path, flips: int, draw: random.Random) -> Counter:
    """Trains a run and flips bits of its files; as `attack`."""
    plan = small.plan()
    process.train(plan, folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return attack(RunReader(plan, folder), files, flips, draw)


def attack_data(folder: Path, flips: int, draw: random.Random) -> Counter:
    """Flips bits of the files of a study's data that have checksums; as `attack`."""
    paths = [folder / "data" / name for name in (*COVERED, checksums.SUMS)]
    paths.append(folder / checksums.MANIFEST)
    return attack(StudyReader(folder), [p for p in paths if p.is_file()], flips, draw)


def attack(reader, files: list[Path], flips: int, draw: random.Random) -> Counter:
    """Flips bits, each back before the next.

    Args:
      reader: reads what the files belong to.
      files: to draw from; all alike, however large.
      flips: how many bits.
      draw: draws files and bits.

    Returns:
      How often each file, and each of NAMED, HARMLESS, ACCEPTED, came.
    """
    counts, files = Counter(), sorted(path for path in files if path.stat().st_size)
    sound = {path: reader.read(path) for path in files}
    assert not any(isinstance(found, str) for found in sound.values())
    for _ in range(flips):
        path = draw.choice(files)
        bit = draw.randrange(8 * path.stat().st_size)
        flip(path, bit)
        found = reader.read(path)
        flip(path, bit)
        if isinstance(found, str):
            line = path.name in found and len(found.splitlines()) == 1
            kind = NAMED if line else ACCEPTED
        else:
            kind = HARMLESS if found == sound[path] else ACCEPTED
        if kind == ACCEPTED:
            print(f"{path}, bit {bit}: {str(found)[:200]}", file=sys.stderr)
        counts[path.relative_to(reader.folder).as_posix(), kind] += 1
    return counts


def table(counts: Counter) -> list[str]:
    """Lists what came of the flips, a line a file."""
    kinds = NAMED, HARMLESS, ACCEPTED
    lines = [f"{'file':38}" + "".join(f"{kind:>10}" for kind in kinds)]
    for file in sorted({file for file, _ in counts}):
        cells = (f"{counts[file, kind]:10}" for kind in kinds)
        lines.append(f"{file:38}" + "".join(cells))
    totals = (sum(n for (_, k), n in counts.items() if k == kind) for kind in kinds)
    return [*lines, f"{'all':38}" + "".join(f"{total:10}" for total in totals)]


def main() -> int:
    """Prints the table; returns 1 if a flip passed for other rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="results/STUDY or reports/STUDY")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        folder, how = Path(root, "copy"), (given.flips, random.Random(given.seed))
        if given.data is None:
            counts = attack_run(folder, *how)
        else:
            shutil.copytree(given.data, folder)
            counts = attack_data(folder, *how)
    print("\n".join(table(counts)))
    return int(any(kind == ACCEPTED for _, kind in counts))


if __name__ == "__main__":
    sys.exit(main())
