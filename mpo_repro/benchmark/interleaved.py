"""The measuring side of a benchmark: rivals that take turns.

Each rival is a process of its own, with its own libraries, threads and memory, and all
but one of them wait. A machine that slows down for a while then slows down all alike.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).parents[2]


class RivalError(RuntimeError):
    """A rival's process ended before it was told to."""


class Command(NamedTuple):
    """How a rival's process is started."""

    arguments: tuple[str, ...]
    variables: dict[str, str] = {}  # noqa: RUF012


class Timings(NamedTuple):
    """What one rival gave."""

    facts: dict
    seconds: list[float]

    def milliseconds(self, prefix: str = "", per: float = 1) -> dict[str, float]:
        """Summarises as median, p10 and p90 in ms.

        Args:
          prefix: of the keys, e.g. "plain_".
          per: by how many units of work a repetition is divided.
        """
        low, middle, high = np.percentile(self.seconds, [10, 50, 90]) * 1000 / per
        names = f"{prefix}median_ms", f"{prefix}p10_ms", f"{prefix}p90_ms"
        return dict(zip(names, map(float, (middle, low, high)), strict=True))


def worker(builder: str, threads: int, **settings: object) -> Command:
    """Returns how a process of `worker` is started.

    Args:
      builder: e.g. "updates.plain".
      threads: of torch and of its libraries.
      **settings: the builder's arguments, as JSON knows them.
    """
    content = json.dumps(settings | {"threads": threads})
    arguments = sys.executable, "-m", "mpo_repro.benchmark.worker", builder, content
    return Command(arguments, {"OMP_NUM_THREADS": str(threads)})


def measure(
    rivals: Mapping[str, Command], rounds: int, repetitions: int
) -> dict[str, Timings]:
    """Measures all rivals in turns: A B C A B C ...

    Args:
      rivals: how each is started, by name.
      rounds: turns of each that count; one more, the first, warms up.
      repetitions: steps per turn.

    Raises:
      RivalError: if a process fails; what it said is on standard error.
    """
    with ExitStack() as stack:
        # One after the other, so that a compiler does not run beside a measurement.
        running = {
            name: stack.enter_context(Rival(name, command))
            for name, command in rivals.items()
        }
        for rival in running.values():
            rival.repeat(repetitions)
        found = {name: Timings(rival.facts, []) for name, rival in running.items()}
        for _ in range(rounds):
            for name, rival in running.items():
                found[name].seconds.extend(rival.repeat(repetitions))
    return found


class Rival:
    """A process that runs `serving.serve`; a context that ends it.

    Attributes:
      facts: what it said about itself when it had begun.
    """

    def __init__(self, name: str, command: Command):
        """Starts the process."""
        self.name = name
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            command.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": path} | command.variables,
        )
        self.facts = {}

    def __enter__(self) -> "Rival":
        try:
            self.facts = self.answer()
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def repeat(self, count: int) -> list[float]:
        """Returns the seconds of `count` steps."""
        self.ask(count)
        return self.answer()

    def ask(self, count: int) -> None:
        """Tells the process to take `count` steps."""
        print(count, file=self._process.stdin, flush=True)

    def answer(self):
        """Waits for what the process has to say.

        Raises:
          RivalError: if it ended.
        """
        line = self._process.stdout.readline()
        if not line:
            raise RivalError(f"the benchmark's process {self.name!r} ended early")
        return json.loads(line)
