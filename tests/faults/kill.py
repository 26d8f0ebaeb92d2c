"""Kills training at random moments and compares what comes of it with a quiet run.

    python tests/faults/kill.py                     200 moments, both simulators
    python tests/faults/kill.py --kills 20 --seed 1

A run is killed (SIGKILL) several times over its life and resumed each time. In the end
its curve and diagnostics must have the bytes of the run that nobody killed. Moments are
drawn by what the run is doing: a phase, which of its occurrences, and how far into it.

What is lost is no more than an interval between checkpoints and one step: of the steps
since the last checkpoint at most one may have begun later than an interval after the
first of them. That holds however slow the machine is, since all times are the run's
own; seconds without a checkpoint are only printed, for they contain all that the
machine did besides. tests/training/test_process.py holds the same with a clock of its
own.
"""

import argparse
import os
import random
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import small

from mpo_repro.training import cohort, evaluation, process, run_folder
from mpo_repro.training.actor import Actor
from mpo_repro.training.checkpoint import Checkpoint
from mpo_repro.training.learner import Learner

CHECKPOINT_SECONDS = 0.1
LATE = 1  # steps that may begin before a checkpoint that is due is written
KILLS_A_RUN = 5
# Phase: what it is in the code.
PHASES = {
    "acting": (Actor, "_advance"),  # updates are taken within `step`
    "update": (Learner, "update"),
    "evaluation": (evaluation.Stage, "play"),
    "checkpoint": (Checkpoint, "save"),
    "tables": (run_folder, "write_tables"),
}
FINAL = "final writes"  # all after the last evaluation
NAMES = [*PHASES, FINAL]
# At most which of a phase's occurrences after a start is the moment.
LATEST = dict(zip(NAMES, (100, 30, 1, 3, 2, 1), strict=True))
TOLD = struct.Struct("=Bd")  # twice a phase's number, + 1 at its end; when


class Moment(NamedTuple):
    """When to kill: so far (0 to 1) into this occurrence of a phase."""

    phase: str
    occurrence: int
    part: float


class Outcome(NamedTuple):
    """How one process ended."""

    killed_in: str | None  # None: it came to its end
    unsaved: float  # seconds since the last checkpoint, or since the start
    late: int  # steps that began after a checkpoint was due


def start(backend: str, folder: Path) -> tuple[int, int]:
    """Forks a process that trains and tells its phases; returns its id and the pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    code = 1
    try:
        _train(backend, folder, writing)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _train(backend: str, folder: Path, pipe: int) -> None:
    cohort.CHECKPOINT_SECONDS = CHECKPOINT_SECONDS
    for index, (owner, name) in enumerate(PHASES.values()):
        setattr(owner, name, _telling(getattr(owner, name), index, pipe))
    process.train(small.plan(backend=backend), folder)


def _telling(function, index: int, pipe: int):
    """Wraps a function so that its beginning and end are told, as `TOLD` packs them."""

    def tell(code):
        os.write(pipe, TOLD.pack(code, time.monotonic()))

    def told(*arguments, **options):
        tell(2 * index)
        result = function(*arguments, **options)
        tell(2 * index + 1)
        if NAMES[index] == "evaluation" and arguments[-1] == small.LAST:
            tell(2 * NAMES.index(FINAL))
        return result

    return told


class Watch:
    """Follows one process by what it tells, and kills it at its moment.

    Attributes:
      spans: of each phase, the seconds that its occurrences took.
      steps: when those since the last checkpoint began.
    """

    def __init__(self, child: int, pipe: int, moment: Moment | None, typical: dict):
        self.child, self.pipe, self.moment, self.typical = child, pipe, moment, typical
        self.spans, self._open, self._seen = defaultdict(list), {}, Counter()
        self.steps = []

    def outcome(self) -> Outcome:
        """Waits for the end of the process."""
        self._saved = time.monotonic()
        while told := os.read(self.pipe, TOLD.size):
            code, at = TOLD.unpack(told)
            self.note(*divmod(code, 2), at)
        os.close(self.pipe)
        now = time.monotonic()
        if FINAL in self._open:
            self.spans[FINAL].append(now - self._open[FINAL])
        _, status = os.waitpid(self.child, 0)
        if not os.WIFSIGNALED(status):
            if status:
                raise RuntimeError("a process failed; its traceback stands above")
            return Outcome(None, 0.0, 0)
        phase = FINAL if FINAL in self._open else [*self._open, "between"][0]
        return Outcome(phase, now - self._saved, self.late())

    def late(self) -> int:
        """Counts steps that began an interval after the first since a checkpoint.

        The run's clock for the next checkpoint starts before that first step, and it
        looks at the clock after each one.
        """
        return sum(at - self.steps[0] > CHECKPOINT_SECONDS for at in self.steps)

    def note(self, index: int, ended: int, at: float) -> None:
        """Takes in what the process told; kills it if this was its moment."""
        name = NAMES[index]
        if ended:
            self.spans[name].append(at - self._open.pop(name))
            if name == "checkpoint":
                self._saved, self.steps = at, []
            return
        self._open[name] = at
        if name == "acting":
            self.steps.append(at)
        self._seen[name] += 1
        if self.moment and (name, self._seen[name]) == self.moment[:2]:
            time.sleep(self.moment.part * self.typical[name])
            os.kill(self.child, signal.SIGKILL)


def train(backend: str, folder: Path, moment: Moment | None, typical: dict) -> Watch:
    """Trains in a process of its own until its end or its moment."""
    watch = Watch(*start(backend, folder), moment, typical)
    watch.ended = watch.outcome()
    return watch


def attack(backend: str, kills: int, draw: random.Random, root: Path) -> list[tuple]:
    """Kills runs of one simulator; returns of each kill `Outcome` and whether same."""
    quiet = train(backend, root / "quiet", None, {})
    typical = {name: sum(s) / len(s) for name, s in quiet.spans.items()}
    expected, rows, number = small.tables(root / "quiet"), [], 0
    while len(rows) < kills:
        folder, killed, number = root / f"run-{number}", [], number + 1
        while True:
            moment = None
            if len(killed) < min(KILLS_A_RUN, kills - len(rows)):
                name = draw.choice(NAMES)
                moment = Moment(name, draw.randint(1, LATEST[name]), draw.random())
            ended = train(backend, folder, moment, typical).ended
            if ended.killed_in is None:
                break
            killed.append(ended)
        same = small.tables(folder) == expected
        rows += [(*ended, same) for ended in killed]
        told = f"{backend}: {len(rows)} of {kills}, {'same' if same else 'OTHER'} bytes"
        print(told, file=sys.stderr, flush=True)
    return rows


def main() -> int:
    """Prints the table; returns 1 if bytes differed, or more was lost than may be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    draw, failed = random.Random(given.seed), 0
    print(f"{'simulator':12}{'killed in':14}{'kills':>6}{'same bytes':>12}", end="")
    print(f"{'unsaved, s':>12}{'late steps':>12}")
    for backend in ("envpool", "dm_control"):
        with tempfile.TemporaryDirectory() as root:
            rows = attack(backend, given.kills // 2, draw, Path(root))
        for name in [*NAMES, "between"]:
            of_phase = [row for row in rows if row[0] == name]
            same = sum(row[3] for row in of_phase)
            lost = max((row[1] for row in of_phase), default=0.0)
            late = max((row[2] for row in of_phase), default=0)
            failed += len(of_phase) - same + (late > LATE)
            print(f"{backend:12}{name:14}{len(of_phase):6}{same:12}", end="")
            print(f"{lost:12.2f}{late:12}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
