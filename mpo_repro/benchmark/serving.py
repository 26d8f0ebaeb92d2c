"""The measured side of a benchmark: a process that repeats one step when it is told to.

It imports the standard library only, so that a rival in another environment can use it.
The first line it writes is JSON about itself. Then each line it reads is a number of
repetitions, which it answers with the seconds that each of them took.
"""

import json
import os
import sys
import time
from collections.abc import Callable


def serve(build: Callable[[], tuple[Callable, dict]]) -> None:
    """Answers until standard input ends.

    Args:
      build: makes the step and says about it what belongs into the results, as JSON
        knows it. Called once; the step may return its own seconds, where only a part of
        it is meant, and is timed as a whole otherwise.
    """
    answers = _own_output()
    step, facts = build()
    print(json.dumps(facts | {"first_seconds": seconds(step)}), file=answers)
    answers.flush()
    for line in sys.stdin:
        taken = [seconds(step) for _ in range(int(line))]
        print(json.dumps(taken), file=answers)
        answers.flush()


def seconds(step: Callable) -> float:
    """Takes one step and returns how long it took, in seconds."""
    start = time.perf_counter()
    own = step()
    return time.perf_counter() - start if own is None else own


def _own_output():
    """Keeps standard output for the answers; what others print goes to the errors."""
    kept = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return kept
