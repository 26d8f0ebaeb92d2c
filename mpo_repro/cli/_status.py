"""A study's runs as a terminal shows them: a row a task and arm, and the whole."""

from collections import defaultdict
from collections.abc import Sequence

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

STYLES = {
    "stalled": "bold yellow",
    "failed": "bold red",
    "damaged": "bold red",
    "interrupted": "yellow",
}
TROUBLE = ("failed", "damaged", "stalled", "interrupted")


def view(states: Sequence, summary) -> Group:
    """Shows `study.status.RunState`s and their `study.status.Summary`."""
    parts = [_table(states), *map(_trouble, _troubled(states)), _whole(summary)]
    return Group(*parts)


def duration(seconds: float | None) -> str:
    """Writes a time left: "0:42", "5:12", "3 h 05", "2 d 04 h"; "-" if unknown."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d}"
    return f"{hours // 24} d {hours % 24:02d} h"


def _table(states: Sequence) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column("task", overflow="fold")
    table.add_column("arm", overflow="fold")
    table.add_column("done", justify="right", no_wrap=True)
    table.add_column("return", justify="right", no_wrap=True)
    table.add_column("running", overflow="fold")
    groups = defaultdict(list)
    for state in states:
        groups[state.task, state.arm].append(state)
    for (task, arm), members in groups.items():
        done = [state for state in members if state.state == "done"]
        values = [s.episode_return for s in done if s.episode_return is not None]
        mean = f"{sum(values) / len(values):.0f}" if values else "-"
        count = Text(f"{len(done)}/{len(members)}")
        count.stylize("green" if len(done) == len(members) else "")
        running = [_running(s) for s in members if s.state == "running"]
        table.add_row(task, arm, count, mean, "\n".join(running))
    return table


def _running(state) -> str:
    value = "-" if state.episode_return is None else f"{state.episode_return:.0f}"
    speed = "-" if state.steps_per_second is None else f"{state.steps_per_second:.0f}"
    return (
        f"seed {state.seed}: {state.steps / state.budget:.0%}, return {value}, "
        f"{speed} steps/s, {duration(state.seconds_left)} left"
    )


def _troubled(states: Sequence) -> list:
    return [state for kind in TROUBLE for state in states if state.state == kind]


def _trouble(state) -> Text:
    name = f"{state.task} {state.arm} seed {state.seed}"
    text = Text.assemble((state.state, STYLES[state.state]), f" {name}")
    text.append(f" at {state.steps:,} of {state.budget:,} steps")
    return text.append(f": {state.reason}") if state.reason else text


def _whole(summary) -> Table:
    share = summary.steps / summary.budget
    line = Table.grid(padding=(0, 1))
    cells = [
        ProgressBar(total=1.0, completed=share, width=24),
        f"{share:.0%} of {summary.budget:,} steps",
        f"{summary.done}/{summary.runs} runs",
    ]
    if summary.seconds_left is not None:
        cells.append(f"{duration(summary.seconds_left)} left")
    line.add_row(*cells)
    return line
