"""Rivals in processes of their own, measured in turns."""

import sys

import pytest

from mpo_repro.benchmark.interleaved import Command, RivalError, Timings, measure

# A rival that writes its name into a file at each step and says that it took 2 seconds.
RIVAL = """
import sys
from mpo_repro.benchmark.serving import serve
name, path = sys.argv[1:]
def step():
    print("noise on standard output")
    with open(path, "a") as file:
        file.write(name)
    return 2.0
serve(lambda: (step, {"name": name}))
"""


def command(name, path) -> Command:
    return Command((sys.executable, "-c", RIVAL, name, str(path)))


def test_rivals_take_turns_and_the_first_turn_does_not_count(tmp_path):
    path = tmp_path / "order"
    found = measure({name: command(name, path) for name in "ab"}, 3, 2)
    assert path.read_text() == "ab" + "aabb" + "aabb" * 3
    assert found["a"].seconds == found["b"].seconds == [2.0] * 6
    assert found["b"].facts == {"name": "b", "first_seconds": 2.0}


def test_a_rival_that_fails_is_named(tmp_path):
    broken = Command((sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(RivalError, match="'b'"):
        measure({"a": command("a", tmp_path / "order"), "b": broken}, 1, 1)


def test_times_are_summarised_in_milliseconds_per_unit():
    found = Timings({}, [0.001 * number for number in range(11)])
    assert found.milliseconds("x_", per=2) == pytest.approx(
        {"x_median_ms": 2.5, "x_p10_ms": 0.5, "x_p90_ms": 4.5}
    )
