"""One-thread learners side by side: what each loses against one that is alone."""

from contextlib import ExitStack

import numpy as np

from mpo_repro.benchmark.interleaved import Rival, worker
from mpo_repro.benchmark.sizes import Sizes


def benchmark(
    sizes: Sizes, path: str, processes: int, rounds: int, repetitions: int
) -> dict:
    """Measures updates in turns: one process alone, then all at the same time.

    Args:
      sizes: of the update.
      path: one of execution.PATHS.
      processes: N, each with one thread.
      rounds: turns that count; one more, the first, warms up.
      repetitions: updates of each process per turn.

    Returns:
      `alone_ms` and `together_ms`, medians of one update in ms over all processes;
      `loss`, by which fraction more an update takes together.
    """
    given = {"sizes": sizes._asdict(), "path": path}
    command = worker("updates.ours", 1, **given)
    with ExitStack() as stack:
        running = [
            stack.enter_context(Rival(f"learner {index}", command))
            for index in range(processes)
        ]
        turns = [_turn(running, repetitions) for _ in range(rounds + 1)][1:]
    alone = float(np.median([alone for alone, _ in turns])) * 1000
    together = float(np.median([together for _, together in turns])) * 1000
    return {
        "processes": processes,
        "updates": rounds * repetitions,
        "alone_ms": alone,
        "together_ms": together,
        "loss": together / alone - 1,
    }


def _turn(running: list[Rival], repetitions: int) -> tuple[list, list]:
    """Seconds of every update of all processes, each alone and all together."""
    alone = [rival.repeat(repetitions) for rival in running]
    for rival in running:
        rival.ask(repetitions)
    return alone, [rival.answer() for rival in running]
