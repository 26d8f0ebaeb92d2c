"""Repeats a study for hours and watches what its processes hold.

    python tests/faults/soak.py                            quick, two hours, two cores
    python tests/faults/soak.py --study smoke --minutes 5

Each round starts from nothing in a folder of its own; rounds follow each other until
the time is up. Once a second every process is looked at. None may hold 5 % more memory
than at the end of its first minute (of jobs: their first of computing, in which what
trains compiles), or more open files; none may be a zombie for ten seconds, or be left
when a round has ended. What was found so far is printed after each round, with the
process of each kind that grew most.

A process's memory is what no file backs (Linux only). The pages of a library are of all
who map it, and would seem to be new in the last of them when the others have ended.
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
NAMED = "--arm", "--task", "--seed"  # what tells runs of a study apart


class Seen(NamedTuple):
    """One look at a process."""

    seconds: float  # since it began; of a job, on the processor
    memory: int  # that no file backs, bytes
    files: int


def look(process: psutil.Process, root: psutil.Process) -> Seen | None:
    """Looks at a process; None if it is no more, a zombie, or becomes another now."""
    try:
        seconds = time.time() - process.create_time()
        if process != root:  # others may be busy, too
            seconds = sum(process.cpu_times()[:2])
        about = process.memory_info()
        memory = about.rss - about.shared
        return Seen(seconds, memory, process.num_fds()) if memory else None
    except psutil.Error:
        return None


def kind(process: psutil.Process, root: psutil.Process) -> tuple[str, str]:
    """Says what a process is in a study: Snakemake, what trains, another of a job.

    Returns:
      That, and which one it is: what it trains, or how its command begins.
    """
    if process == root:
        return "Snakemake", "all"
    with suppress(psutil.Error):
        line = process.cmdline()
        if "train" in line and "python" in Path(line[0]).name:
            asked = zip(line, line[1:], strict=False)
            return "training", " ".join(w for o, w in asked if o in NAMED)
        return "other", " ".join(line)[:60]
    return "other", "?"


class Growth(NamedTuple):
    """What a process held at the end of its first minute, and at most later."""

    process: psutil.Process
    before: int  # bytes
    most: int
    files: int  # more than in the first minute

    @property
    def ratio(self) -> float:
        """How many times the memory."""
        return self.most / self.before


class Watch:
    """What was seen of the processes of all rounds.

    Attributes:
      looks: by kind and process, in order.
      names: which one a process is.
      zombies: processes that stayed zombies.
      left: those that were there when their round had ended.
    """

    def __init__(self):
        """Starts with nothing seen."""
        self.looks: dict[str, dict[psutil.Process, list[Seen]]] = {}
        self.names: dict[psutil.Process, str] = {}
        self.zombies: set[psutil.Process] = set()
        self.left: list[psutil.Process] = []
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
                    what, self.names[process] = kind(process, root)
                    of_kind = self.looks.setdefault(what, {})
                    of_kind.setdefault(process, []).append(seen)
        self._since = {one: self._since.get(one, now) for one in zombies}
        self.zombies |= {
            one for one, at in self._since.items() if now - at > ZOMBIE_SECONDS
        }

    def end_of_round(self) -> None:
        """Counts the processes that outlive their round by ten seconds."""
        self.left += psutil.wait_procs(self._round, ZOMBIE_SECONDS)[1]
        self._round.clear()

    def growth(self, what: str) -> list[Growth]:
        """Says what those of a kind grew that lived for over a minute."""
        found = []
        for process, looks in self.looks[what].items():
            early = [seen for seen in looks if seen.seconds <= FIRST_MINUTE]
            late = [seen for seen in looks if seen.seconds > FIRST_MINUTE]
            if not (early and late):
                continue
            most = max(seen.memory for seen in late)
            files = max(seen.files for seen in late)
            files -= max(seen.files for seen in early)
            found.append(Growth(process, early[-1].memory, most, files))
        return found


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
        old = watch.growth(what)
        print(f"{what}: {len(processes)} processes, {len(old)} for over a minute")
        if not old:
            continue
        worst = max(old, key=lambda one: one.ratio)
        files = max(one.files for one in old)
        print(f"  memory at most {worst.ratio:.3f} times, {files:+} open files", end="")
        print(f"; {worst.before / 1e6:.0f} MB, then {worst.most / 1e6:.0f} MB", end="")
        print(f" of {watch.names[worst.process]} (process {worst.process.pid})")
        fine &= worst.ratio <= GROWTH and files <= FILES_AT_ONCE
    left = ", ".join(watch.names[one] for one in watch.left) or "none"
    print(f"zombies: {len(watch.zombies)}; left: {left}", flush=True)
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
    shown = "training" in watch.looks and watch.growth("training")
    return int(bool(failed) or not fine or not shown)


if __name__ == "__main__":
    sys.exit(main())
