"""A run that is being trained: a bar with the return's course, or lines in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress as bars
from rich.console import Console
from rich.table import Column

LOG_SECONDS = 30.0  # between two lines where the output is no terminal
LIVE_SECONDS = 0.2
LEVELS = "▁▂▃▄▅▆▇█"
WIDTH = 20  # of the return's course, columns
ROOM = 80  # columns; a narrower terminal shows no course


class Course:
    """The return over a run's budget, a column for each part of it."""

    def __init__(self, width: int = WIDTH):
        """Starts empty: what was before a run was resumed stays blank."""
        self._values: list[float | None] = [None] * width

    def note(self, share: float, value: float) -> None:
        """Puts a value where a share of the budget, 0 to 1, is used up."""
        last = len(self._values) - 1
        self._values[min(int(share * len(self._values)), last)] = value

    def __str__(self) -> str:
        """Draws it, from the lowest value to the highest."""
        known = [value for value in self._values if value is not None]
        if not known:
            return ""
        low, span = min(known), (max(known) - min(known)) or 1.0
        top = len(LEVELS) - 1
        return "".join(
            " " if value is None else LEVELS[round((value - low) / span * top)]
            for value in self._values
        ).rstrip()


@contextmanager
def line() -> Iterator[Callable]:
    """Gives a function that shows a `training.run.Progress`.

    On a terminal a line is redrawn; in a log a line is added now and then, and
    wherever it compiles.
    """
    console = Console(stderr=True, highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        with _bar(console) as show:
            yield _now_and_then(show, LIVE_SECONDS)
    else:
        yield _now_and_then(_log, LOG_SECONDS)


def _now_and_then(show: Callable, seconds: float) -> Callable:
    shown = -seconds

    def limited(progress) -> None:
        nonlocal shown
        now = time.monotonic()
        if progress.compiling or now - shown >= seconds:
            shown = now
            show(progress)

    return limited


@contextmanager
def _bar(console: Console) -> Iterator[Callable]:
    drawn = console.width >= ROOM and not console.options.ascii_only
    course = Course() if drawn else None
    with _columns(console) as bar:
        task = bar.add_task("", total=None, told="starting", course="")

        def show(progress) -> None:
            if course is not None and progress.episode_return is not None:
                share = progress.environment_steps / progress.steps
                course.note(share, progress.episode_return)
            bar.update(
                task,
                total=progress.steps,
                completed=progress.environment_steps,
                told=_describe(progress),
                course=str(course or ""),
            )

        yield show


def _columns(console: Console) -> bars.Progress:
    """One line, cut off where the terminal ends: a second would stay behind."""
    return bars.Progress(
        bars.BarColumn(bar_width=12),
        bars.TextColumn(
            "{task.fields[told]}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="crop"),
        ),
        bars.TextColumn(
            "{task.fields[course]}",
            style="cyan",
            markup=False,
            table_column=Column(no_wrap=True, overflow="crop"),
        ),
        console=console,
        refresh_per_second=4,
        transient=True,
    )


def _log(progress) -> None:
    print(_describe(progress), file=sys.stderr, flush=True)


def _describe(progress) -> str:
    done = f"{progress.environment_steps:,}/{progress.steps:,} steps"
    if progress.compiling:
        return f"{done}  compiling"
    recent = progress.episode_return
    minutes, seconds = divmod(int(progress.seconds_left), 60)
    return (
        f"{done}  return {'-' if recent is None else format(recent, '.0f')}"
        f"  {progress.steps_per_second:.0f} steps/s"
        f"  {minutes}:{seconds:02d} left"
    )
