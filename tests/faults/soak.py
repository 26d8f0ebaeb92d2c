"""Repeats a study for hours and watches what its processes hold.

    python tests/faults/soak.py                            quick, two hours, two cores
    python tests/faults/soak.py --study smoke --minutes 5

Each round starts from nothing in a folder of its own; rounds follow each other until
the time is up. Once a second every process is looked at. None may hold 5 % more memory
than at the end of its first minute (of jobs: their first of computing, in which what
trains compiles), or more open files; none may be a zombie for ten seconds, or be left
when a round has ended. What was found so far is printed after each round.
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

    seconds: float  # since it began; of a job, on the processor
    memory: int  # that no other process has, bytes
    files: int


def look(process: psutil.Process, root: psutil.Process) -> Seen | None:
    """Looks at a process; None if it is no more, a zombie, or becomes another now."""
    try:
        seconds = time.time() - process.create_time()
        if process != root:  # others may be busy, too
            seconds = sum(process.cpu_times()[:2])
        memory = process.memory_full_info().uss
        return Seen(seconds, memory, process.num_fds()) if memory else None
    except psutil.Error:
        return None


def kind(process: psutil.Process, root: psutil.Process) -> str:
    """Says what a process is in a study: Snakemake, what trains, another of a job."""
    if process == root:
        return "Snakemake"
    with suppress(psutil.Error):
        line = process.cmdline()
        if "train" in line and "python" in Path(line[0]).name:
            return "training"
    return "other"


class Watch:
    """What was seen of the processes of all rounds.

    Attributes:
      looks: by kind and process, in order.
      zombies: processes that stayed zombies.
      left: how many were there when their round had ended.
    """

    def __init__(self):
        """Starts with nothing seen."""
        self.looks: dict[str, dict[psutil.Process, list[Seen]]] = {}
        self.zombies: set[psutil.Process] = set()
        self.left = 0
        self._since: dict[psutil.Process, float] = {}
        self._round: set[psutil.Process] = set()

    def look(self, root: psutil.Process) -> None:
        """Looks at a process and all that descends from it."""
        now, zombies = time.monotonic(), set()
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error):
                if process.status() == psutil.STATUS_ZOMBIE:
                    zombies.add(process)
                elif seen := look(process, root):
                    self._round.add(process)
                    of_kind = self.looks.setdefault(kind(process, root), {})
                    of_kind.setdefault(process, []).append(seen)
        self._since = {one: self._since.get(one, now) for one in zombies}
        self.zombies |= {
            one for one, at in self._since.items() if now - at > ZOMBIE_SECONDS
        }

    def end_of_round(self) -> None:
        """Counts the processes that outlive their round by ten seconds."""
        self.left += len(psutil.wait_procs(self._round, ZOMBIE_SECONDS)[1])
        self._round.clear()

    def growth(self, what: str) -> tuple[int, float, int]:
        """Of a kind: how many lived for over a minute, and what they grew at most.

        Returns:
          Their number, the largest ratio of memory, and of files the largest surplus.
        """
        memory, files, counted = 0.0, 0, 0
        for looks in self.looks[what].values():
            early = [seen for seen in looks if seen.seconds <= FIRST_MINUTE]
            late = [seen for seen in looks if seen.seconds > FIRST_MINUTE]
            if not (early and late):
                continue
            counted += 1
            memory = max(memory, max(s.memory for s in late) / early[-1].memory)
            before = max(seen.files for seen in early)
            files = max(files, max(seen.files for seen in late) - before)
        return counted, memory, files


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
            watch.end_of_round()
            if process.returncode:
                print((Path(folder) / "out").read_text())
            return process.returncode == 0
        left = root.children(recursive=True)
        process.terminate()  # starts nothing more, and waits for its jobs
        for one in left:
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        process.wait()
        watch.end_of_round()
        return True


def tell(watch: Watch) -> bool:
    """Prints what was found of each kind; returns whether all is well."""
    fine = not (watch.zombies or watch.left)
    for what, processes in sorted(watch.looks.items()):
        counted, memory, files = watch.growth(what)
        print(
            f"{what}: {len(processes)} processes, {counted} for over a minute", end=""
        )
        print(f"; memory at most {memory:.3f} times, {files:+} open files")
        fine &= memory <= GROWTH and files <= FILES_AT_ONCE
    print(f"zombies: {len(watch.zombies)}; left: {watch.left}", flush=True)
    return fine


def main() -> int:
    """Prints what was found; returns 1 if anything failed, grew or stayed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--study", default="quick")
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    watch, rounds, failed, fine = Watch(), 0, 0, True
    start = time.monotonic()
    until = start + 60 * given.minutes
    while time.monotonic() < until:
        failed += not play(given.study, given.cores, watch, until)
        rounds += 1
        minutes = (time.monotonic() - start) / 60
        print(f"\n{rounds} rounds of {given.study} in {minutes:.0f} minutes", end="")
        print(f", {failed} failed")
        fine = tell(watch)
    # A time in which nothing that trains is a minute old would show nothing.
    shown = "training" in watch.looks and watch.growth("training")[0]
    return int(bool(failed) or not fine or not shown)


if __name__ == "__main__":
    sys.exit(main())
