"""A whole training run: where its time goes."""

import statistics
import tempfile
import threading
import time
from pathlib import Path
from unittest.mock import patch

from mpo_repro.benchmark import gemm, products, serving
from mpo_repro.training import evaluation
from mpo_repro.training.plan import Plan
from mpo_repro.training.run import Run

REPETITIONS = 50  # of the products


class Stopwatch:
    """Adds up the seconds spent in functions.

    Attributes:
      seconds: by name.
      first: seconds of the first call, by name.
    """

    def __init__(self):
        self.seconds: dict[str, float] = {}
        self.first: dict[str, float] = {}

    def around(self, name: str, function):
        """Returns the function, timed under a name that others may share."""

        def timed(*arguments, **keywords):
            start = time.perf_counter()
            try:
                return function(*arguments, **keywords)
            finally:
                taken = time.perf_counter() - start
                self.seconds[name] = self.seconds.get(name, 0.0) + taken
                self.first.setdefault(name, taken)

        return timed


def benchmark(plan: Plan) -> dict:
    """Trains in a temporary folder and says what the time was spent on.

    Args:
      plan: what to train.

    Returns:
      Seconds of the whole run, of learning (replay's samples and updates), of acting,
      evaluating and saving; `share_of_updates`, learning's share of the whole, and
      `share_of_updates_once_compiled`, where the first update is left out of both;
      `limit_seconds`, of the updates' matrix products alone, measured afterwards, and
      `share_of_limit`, theirs of learning.
    """
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run = Run(plan, Path(folder))
        _attach(watch, run)
        played = watch.around("evaluating", evaluation.Stage.play)
        with patch.object(evaluation.Stage, "play", played):
            run.train(None, threading.Event())
        whole = time.perf_counter() - start
    found = summarise(watch, whole)
    limit = run.learner.updates * _product_seconds(plan, run.widths)
    limits = {"limit_seconds": limit}
    limits["share_of_limit"] = limit / found["learning_seconds"]
    return (
        found
        | limits
        | {
            "task": plan.task,
            "steps": plan.steps,
            "updates": run.learner.updates,
            "execution": run.path,
        }
    )


def summarise(watch: Stopwatch, whole: float) -> dict:
    """Puts seconds and shares together.

    Args:
      watch: what was timed: sampling, updating, acting, evaluating, saving.
      whole: seconds of the run, its construction included.
    """
    learning = watch.seconds["sampling"] + watch.seconds["updating"]
    first = watch.first["updating"]
    return {
        "seconds": whole,
        "learning_seconds": learning,
        # Updates are taken within a step of acting.
        "acting_seconds": watch.seconds["acting"] - learning,
        **{f"{name}_seconds": watch.seconds[name] for name in ("evaluating", "saving")},
        "first_update_seconds": first,
        "share_of_updates": learning / whole,
        "share_of_updates_once_compiled": (learning - first) / (whole - first),
    }


def _product_seconds(plan: Plan, widths: tuple[int, int]) -> float:
    """Seconds of one update's matrix products at their quickest, median."""
    step, _ = gemm.fastest(products.of_update(plan.recipe, *widths))
    return statistics.median(serving.seconds(step) for _ in range(REPETITIONS))


def _attach(watch: Stopwatch, run: Run) -> None:
    run.actor.step = watch.around("acting", run.actor.step)
    run.replay.sample = watch.around("sampling", run.replay.sample)
    run.learner.update = watch.around("updating", run.learner.update)
    run.save = watch.around("saving", run.save)
