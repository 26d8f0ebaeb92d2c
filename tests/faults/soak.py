"""Repeats a study for hours and watches what its processes hold.

    python tests/faults/soak.py                            quick, two hours, two cores
    python tests/faults/soak.py --study smoke --minutes 5

Each round starts from nothing in a folder of its own; rounds follow each other until
the time is up. Once a second every process is looked at. Neither Snakemake nor what
trains may hold 5 % more memory than at the end of its first minute (of what trains: its
first of computing, in which it compiles), or more open files;
nothing may be a zombie for ten seconds, or be left when a round has ended.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[2]
FIRST_MINUTE, ZOMBIE_SECONDS = 60.0, 10.0
GROWTH = 1.05
# What a run opens and closes now and then: a checkpoint and two tables.
FILES_AT_ONCE = 4


class Seen(NamedTuple):
    """One look at a process."""

    seconds: float  # since it began; of what trains, on the processor
    memory: int  # that no other process has, bytes
    files: int


def look(process: psutil.Process, root: psutil.Process) -> Seen | None:
    """Looks at a process; None if it is no more, or a zombie."""
    try:
        seconds = time.time() - process.create_time()
        if process != root:  # others may be busy, too
            seconds = sum(process.cpu_times()[:2])
        return Seen(seconds, process.memory_full_info().uss, process.num_fds())
    except psutil.Error:
        return None


def trains(process: psutil.Process) -> bool:
    """Whether a process is one that trains, not its shell."""
    try:
        line = process.cmdline()
    except psutil.Error:
        return False
    return "train" in line and "python" in Path(line[0]).name


class Watch:
    """What was seen of the processes of all rounds.

    Attributes:
      looks: by process, in order.
      zombies: how many processes stayed zombies.
    """

    def __init__(self):
        """Starts with nothing seen."""
        self.looks: dict[psutil.Process, list[Seen]] = {}
        self.zombies, self._since = 0, {}

    def look(self, root: psutil.Process) -> None:
        """Looks at a process and all that descends from it."""
        now, zombies = time.monotonic(), set()
        for process in (root, *root.children(recursive=True)):
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    zombies.add(process)
            except psutil.Error:
                continue
            watched = process == root or trains(process)
            seen = look(process, root) if watched else None
            if seen:
                self.looks.setdefault(process, []).append(seen)
        self._since = {one: self._since.get(one, now) for one in zombies}
        stayed = [one for one, at in self._since.items() if now - at > ZOMBIE_SECONDS]
        self.zombies += len(stayed)

    def growth(self) -> tuple[float, int, int]:
        """Gives the largest growth of memory and files, and of how many processes."""
        memory, files, counted = 0.0, 0, 0
        for looks in self.looks.values():
            early = [seen for seen in looks if seen.seconds <= FIRST_MINUTE]
            late = [seen for seen in looks if seen.seconds > FIRST_MINUTE]
            if not (early and late):
                continue
            counted += 1
            memory = max(memory, max(s.memory for s in late) / early[-1].memory)
            before = max(seen.files for seen in early)
            files = max(files, max(seen.files for seen in late) - before)
        return memory, files, counted


def play(study: str, cores: int, watch: Watch, until: float) -> bool:
    """Makes a study once; returns whether it came to its end, or the time did."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
        command += ["--directory", folder, "--cores", str(cores), "all"]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        with (Path(folder) / "out").open("w") as out:
            process = subprocess.Popen(
                [*command, "--config", f"study={study}"],
                env=environment,
                cwd=ROOT,
                stdout=out,
                stderr=out,
            )
            root = psutil.Process(process.pid)
            while process.poll() is None and time.monotonic() < until:
                watch.look(root)
                time.sleep(1)
        if process.poll() is not None:
            return process.returncode == 0
        left = root.children(recursive=True)
        process.terminate()  # starts nothing more, and waits for its jobs
        for one in left:
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        process.wait()
        return not psutil.wait_procs(left, timeout=60)[1]


def main() -> int:
    """Prints what was found; returns 1 if anything grew or stayed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--study", default="quick")
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    watch, rounds, failed = Watch(), 0, 0
    until = time.monotonic() + 60 * given.minutes
    while time.monotonic() < until:
        failed += not play(given.study, given.cores, watch, until)
        rounds += 1
    memory, files, counted = watch.growth()
    print(f"{rounds} rounds of {given.study}, {failed} failed")
    print(f"{len(watch.looks)} processes, {counted} of them for over a minute")
    print(f"memory: at most {memory:.3f} times that of the first minute")
    print(f"open files: at most {files} more than in the first minute")
    print(f"zombies: {watch.zombies}")
    grown = memory > GROWTH or files > FILES_AT_ONCE
    return int(bool(failed or grown or watch.zombies or not counted))


if __name__ == "__main__":
    sys.exit(main())
