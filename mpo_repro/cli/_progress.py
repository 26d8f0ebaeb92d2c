"""One live line: steps, return, speed, time left."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOG_SECONDS = 30.0  # between two lines where the output is no terminal


@contextmanager
def line() -> Iterator[Callable]:
    """Gives a function that shows a `training.run.Progress`.

    On a terminal one line is redrawn; in a log a line is added now and then.
    """
    live = sys.stderr.isatty()
    shown = 0.0

    def show(progress) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown < (0.2 if live else LOG_SECONDS):
            return
        shown = now
        text = _describe(progress)
        print(f"\r\x1b[K{text}" if live else text, end="" if live else "\n", **_to())

    yield show
    if live and shown:
        print(**_to())


def _to() -> dict:
    return {"file": sys.stderr, "flush": True}


def _describe(progress) -> str:
    recent = progress.episode_return
    minutes, seconds = divmod(int(progress.seconds_left), 60)
    return (
        f"{progress.environment_steps:,}/{progress.steps:,} steps"
        f"  return {'-' if recent is None else format(recent, '.0f')}"
        f"  {progress.steps_per_second:.0f} steps/s"
        f"  {minutes}:{seconds:02d} left"
    )
