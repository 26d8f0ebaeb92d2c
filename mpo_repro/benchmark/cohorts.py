"""Updates of R runs that learn together, per run, against one run alone."""

from collections.abc import Callable, Sequence

import torch

from mpo_repro.benchmark.interleaved import Timings, measure, worker
from mpo_repro.benchmark.sizes import Sizes, sequences
from mpo_repro.benchmark.updates import filled
from mpo_repro.training import memory
from mpo_repro.training.learner import Learner

PROFILED = 5  # updates, whose time on the GPU is added up


def benchmark(
    sizes: Sizes, path: str, runs: Sequence[int], device: str, rounds: int
) -> dict:
    """Measures updates of cohorts of several sizes, in turns.

    Args:
      sizes: of the update.
      path: one of execution.PATHS.
      runs: R, each once.
      device: where the learners are, e.g. "cuda".
      rounds: turns of each cohort that count.

    Returns:
      `device`, `execution`, and by R the times of one update of all runs in ms; see
      `summarise`.
    """
    given = {"sizes": sizes._asdict(), "path": path, "device": device}
    rivals = {
        str(count): worker("cohorts.together", 1, runs=count, **given) for count in runs
    }
    found = measure(rivals, rounds, 1)
    about = {"device": device, "execution": path}
    return about | {
        "cohorts": {name: summarise(found[name], int(name)) for name in found}
    }


def summarise(found: Timings, runs: int) -> dict:
    """Gives an update's times: of all runs, per run, and how many a second.

    Args:
      found: seconds of updates of all runs.
      runs: R.

    Returns:
      `median_ms`, `p10_ms`, `p90_ms` of all runs' update; `per_run_ms`;
      `updates_per_second`, each counting once for all runs; and `outside_gpu`, the
      share of an update in which no GPU computes, None without one.
    """
    times, busy = found.milliseconds(), found.facts.get("busy_ms")
    median = times["median_ms"]
    return times | {
        "per_run_ms": median / runs,
        "updates_per_second": 1000 / median,
        "outside_gpu": None if busy is None else max(0.0, 1 - busy / median),
    }


def together(sizes: Sizes, path: str, runs: int, device: str) -> tuple[Callable, dict]:
    """The update of R runs, as a step that a benchmark repeats."""
    memory.keep_freed()
    recipe, seeds = sizes.settings(), list(range(runs))
    widths = sizes.observations, sizes.actions
    learner = Learner(recipe, *widths, seeds, path, device)
    replay = filled(recipe.data.environments, widths, runs, device)
    count, length = sequences(recipe)

    def step() -> None:
        learner.update(replay.sample(seeds, learner.updates, count, length))
        if learner.device.type == "cuda":
            torch.cuda.synchronize()

    return step, {"execution": path, "busy_ms": _busy(step, learner.device)}


def _busy(step: Callable, device: torch.device) -> float | None:
    """Milliseconds of a step in which the GPU computes; None where there is none."""
    if device.type != "cuda":
        return None
    step()  # compiles
    activities = [torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as profile:
        for _ in range(PROFILED):
            step()
    kernels = sum(event.self_device_time_total for event in profile.key_averages())
    return kernels / 1000 / PROFILED
