"""The live view of a run: the course of the return, a terminal's line, a log's."""

import os
import pty
import subprocess
import sys

import pytest

from mpo_repro.cli import _progress
from mpo_repro.training.run import Progress

SCRIPT = """
from mpo_repro.cli import _progress
from mpo_repro.training.run import Progress
_progress.LIVE_SECONDS = 0
with _progress.line() as show:
    for step in range(0, 100_001, 5_000):
        show(Progress(step, 100_000, step / 200, 321.0, (100_000 - step) / 321))
"""


def test_the_course_goes_from_the_lowest_to_the_highest():
    course = _progress.Course(8)
    assert str(course) == ""
    for index in range(8):
        course.note(index / 8, 10.0 * index - 3)
    assert str(course) == "▁▂▃▄▅▆▇█"


def test_a_part_of_the_budget_shows_its_last_value_and_gaps_stay_blank():
    course = _progress.Course(4)
    course.note(0.0, 100.0)
    course.note(0.1, 0.0)
    course.note(0.5, 7.0)
    assert str(course) == "▁ █"
    course.note(1.0, 7.0)
    assert str(course) == "▁ ██"


def test_a_constant_return_is_no_division_by_nothing():
    course = _progress.Course(2)
    course.note(0.0, 5.0)
    course.note(0.9, 5.0)
    assert str(course) == "▁▁"


@pytest.mark.parametrize("value", [None, 12.6])
def test_a_log_gets_plain_lines_now_and_then(capsys, value):
    with _progress.line() as show:
        show(Progress(1200, 100_000, value, 180.4, 312.9))
        show(Progress(1300, 100_000, value, 180.4, 312.0))
    shown = "-" if value is None else "13"
    assert capsys.readouterr().err == (
        f"1,200/100,000 steps  return {shown}  180 steps/s  5:12 left\n"
    )


def test_that_it_compiles_is_shown_at_once(capsys):
    first = Progress(0, 100_000, None, 0.0, 1e14)
    with _progress.line() as show:
        show(first._replace(compiling=True))
        show(first)  # too soon after it for a log
        show(Progress(1000, 100_000, None, 180.4, 312.0, compiling=True))
    assert capsys.readouterr().err.splitlines() == [
        "0/100,000 steps  compiling",
        "1,000/100,000 steps  compiling",
    ]


def on_a_terminal(columns, **more):
    """What a terminal is sent."""
    master, slave = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"} | more
    command = [sys.executable, "-c", SCRIPT]
    process = subprocess.Popen(command, stderr=slave, env=environment)
    os.close(slave)
    parts = []
    while True:
        try:
            parts.append(os.read(master, 65536))
        except OSError:  # the other end is closed
            break
        if not parts[-1]:
            break
    assert process.wait() == 0
    return b"".join(parts).decode()


def test_a_terminal_gets_a_bar_and_the_course():
    sent = on_a_terminal(80)
    assert "starting" in sent
    assert "█" in sent
    assert "steps/s" in sent
    assert "\x1b[36m" in sent, "the course is coloured"


def test_no_color_is_honoured_and_a_narrow_terminal_has_no_course():
    sent = on_a_terminal(60, NO_COLOR="1")
    assert "\x1b[36m" not in sent
    assert "█" not in sent
    assert "steps/s" in sent


def test_a_dumb_terminal_gets_lines():
    sent = on_a_terminal(80, TERM="dumb")
    assert "\x1b" not in sent
    assert "0/100,000 steps" in sent
