"""Measures which share of a run's time goes into looking at its numbers.

    python tests/faults/guard_share.py                  the default recipe, 10,000 steps
    python tests/faults/guard_share.py --steps 3000

Processor time of the thread that trains, so that other work on the machine does not
enter. Looks at a state come with each checkpoint: here one a minute, and the last.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mpo_repro.config import load_recipe
from mpo_repro.training import process
from mpo_repro.training.guard import Guard
from mpo_repro.training.plan import Plan

LOOKS = "look_at_step", "look_at_update", "look_at_returns", "look_at_state"


def timed(function, name: str, spent: Counter):
    """Wraps a function so that the seconds it takes are added up."""

    def wrapped(*arguments):
        start = time.thread_time()
        try:
            return function(*arguments)
        finally:
            spent[name] += time.thread_time() - start

    return wrapped


def main() -> int:
    """Prints the share of each look, and of all together."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--task", default="cartpole-swingup")
    given = parser.parse_args()
    spent = Counter()
    for name in LOOKS:
        setattr(Guard, name, timed(getattr(Guard, name), name, spent))
    recipe = load_recipe("default")
    budget = given.steps, given.steps // 2, 1
    plan = Plan(recipe, given.task, 0, *budget, "envpool", "plain")
    start = time.thread_time()
    with tempfile.TemporaryDirectory() as folder:
        process.train(plan, Path(folder) / "run")
    whole = time.thread_time() - start
    for name, seconds in [*spent.items(), ("all", spent.total())]:
        print(f"{name:16} {seconds:8.3f} s  {seconds / whole:7.3%} of {whole:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
