"""Trials in forked processes, which start with all libraries loaded.

A trial then costs its tests and not its imports: torch, and what it loads at its first
use, is here before any fork, `mpo_repro` is not.
"""

import collections
import gc
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import hypothesis  # noqa: F401
import torch
import torch._dynamo  # noqa: F401
import torch.distributed.tensor  # noqa: F401
import trial
from mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]


class Task(NamedTuple):
    """A mutant, or None for the unchanged code, and the stages of tests to run."""

    mutant: Mutant | None
    stages: list[list[str]]


class Trials:
    """Runs tasks on a snapshot of the project, so that edits meanwhile do not matter.

    Args:
      folder: an empty folder.
      jobs: processes at a time.
    """

    def __init__(self, folder: Path, jobs: int):
        torch.set_num_threads(1)
        self.folder, self.jobs = folder, jobs
        self.original = folder / "original"
        self.modules = self.original / "mpo_repro" / "mpo"
        self.kills: collections.Counter = collections.Counter()
        trial.snapshot(ROOT, self.original)
        gc.freeze()  # else each child goes through every object of every library

    def unchanged(self, stages: list[list[str]]) -> None:
        """Makes sure that the tests are green without any change."""
        verdict, seconds = self._finish(*self._start(Task(None, stages)))
        if verdict.killer or not verdict.tests:
            what = verdict.killer or "no test ran"
            raise SystemExit(f"the unchanged code is red: {what}")
        print(f"unchanged: {verdict.tests} tests green in {seconds:.0f} s", flush=True)

    def run(
        self, mutants: list[Mutant], stages: Callable[[Mutant], list[list[str]]]
    ) -> Iterator[tuple[Mutant, trial.Verdict, float]]:
        """Gives each mutant, its verdict and how many seconds that took."""
        waiting, running = list(mutants), []
        while waiting or running:
            while waiting and len(running) < self.jobs:
                mutant = waiting.pop(0)
                started = self._start(Task(mutant, stages(mutant)))
                running.append((mutant, started))
            mutant, started = running.pop(0)
            verdict, seconds = self._finish(*started)
            self.kills[verdict.killer] += 1
            yield mutant, verdict, seconds

    def _start(self, task: Task) -> tuple:
        """Makes the copy and forks the trial."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        trial.package(self.original, place, task.mutant)
        likely = [name for name, _ in self.kills.most_common()]
        arguments = (place, self.original, task.stages, likely)
        process = multiprocessing.get_context("fork").Process(
            target=_child, args=arguments
        )
        began = time.monotonic()
        process.start()
        return process, place, began

    def _finish(self, process, place: Path, began: float) -> tuple:
        """Waits for a trial; one that crashed or took too long counts as red."""
        process.join()
        seconds = time.monotonic() - began
        told = place / "verdict.json"
        if told.exists():
            verdict = json.loads(told.read_text(encoding="utf-8"))
            return trial.Verdict(*verdict), seconds
        if process.exitcode and process.exitcode > 0:  # the harness's own error
            output = place / "output.txt"
            text = output.read_text(encoding="utf-8", errors="replace")
            raise SystemExit(f"a trial broke:\n{text[-3000:]}")
        return trial.Verdict(f"ended by signal {-process.exitcode}", 0), seconds


def _child(place: Path, original: Path, stages: list, likely: list[str]) -> None:
    silent = os.open(place / "output.txt", os.O_CREAT | os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    verdict = trial.run(place, original, stages, likely)
    (place / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
