"""The process that measures a machine: `python -m mpo_repro.study.measuring WHAT`.

WHAT is `plain` or `compiled` (updates), `tasks` with their names, or `together` with a
device (updates of several runs on it). The last line that
it prints is JSON. Times are the processor's, so that other jobs do not enter, except
the compiler's, which has processes of its own.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from mpo_repro.benchmark import cohorts, serving, updates
from mpo_repro.benchmark.products import operations
from mpo_repro.benchmark.sizes import Sizes
from mpo_repro.environments import make, spec
from mpo_repro.training import execution, process  # noqa: F401 (all that a run imports)
from mpo_repro.training.actor import Actor
from mpo_repro.training.learner import Learner
from mpo_repro.training.replay import Replay

# Small, the paper's, large.
SIZES = (
    Sizes(policy=(16, 16), critic=(32, 32)),
    Sizes(),
    Sizes(policy=(256, 256), critic=(256, 256)),
)
PAPER = Sizes()
REPETITIONS = 25  # of an update
ITERATIONS = 60  # steps of a batch of environments
TASK = "cheetah-run"  # what acting is measured in
BATCHES = (2, 8)  # environments
TOGETHER = (1, 16, 64)  # runs
EVALUATED = 20  # environments of an evaluation


def plain() -> dict:
    """Measures the start of a run, plain updates of three sizes, and memory."""
    import mpo_repro.environments.envpool_suite  # noqa: F401 (a run imports it late)

    start = time.process_time()  # of the whole process so far: imports
    seconds = [_update(sizes, "plain")[1] for sizes in SIZES]
    return {
        "start_seconds": start,
        "updates": list(zip(map(_operations, SIZES), seconds, strict=True)),
        "paper_seconds": seconds[SIZES.index(PAPER)],
        "acting_seconds": _acting("plain")[1],
        "memory": _peak_memory(),
    }


def compiled() -> dict:
    """Measures a compiled update and compiled acting, and what compiling takes.

    Twice: with the compiler's cache as it is, and once more now that it is filled.
    """
    first, _ = _update(PAPER, "compiled")
    first_acting, _ = _acting("compiled")
    torch._dynamo.reset()
    again, seconds = _update(PAPER, "compiled")
    again_acting, acting = _acting("compiled")
    return {
        "first_seconds": first + first_acting,
        "again_seconds": again + again_acting,
        "paper_seconds": seconds,
        "acting_seconds": acting,
        "memory": _peak_memory(),
    }


def tasks(*names: str) -> dict:
    """Measures acting; see `cost.Task`."""
    return {name: _stepping(*name.split()) for name in names}


def together(device: str, *runs: str) -> list[tuple[int, float]]:
    """Measures an update of R runs on a device, by the clock."""
    found = []
    for count in map(int, runs or TOGETHER):
        step, _ = cohorts.together(PAPER, execution.choose(10**9), count, device)
        step()
        seconds = [serving.seconds(step) for _ in range(REPETITIONS)]
        found.append((count, statistics.median(seconds)))
    return found


def _operations(sizes: Sizes) -> int:
    return operations(sizes.settings(), sizes.observations, sizes.actions)


def _update(sizes: Sizes, path: str) -> tuple[float, float]:
    """Seconds of the first update, by the clock, and of a later one."""
    step, _ = updates.ours(sizes, path)
    start = time.perf_counter()
    step()
    first = time.perf_counter() - start
    step()
    return first, statistics.median(_seconds(step) for _ in range(REPETITIONS))


def _stepping(task: str, backend: str) -> tuple[float, float, float, float]:
    """What is done once, starts of episodes, and a line through two batches' times."""
    *_, small = _batch(task, backend, BATCHES[0])
    made, begin, large = _batch(task, backend, BATCHES[1])
    each = max(0.0, (large - small) / (BATCHES[1] - BATCHES[0]))
    return made, begin, max(0.0, small - BATCHES[0] * each), each


def _batch(task: str, backend: str, count: int) -> tuple[float, float, float]:
    """Seconds to make one environment, to begin its episode, and of a step of all."""
    actions = _actions(task, count)
    start = time.process_time()
    environments = make(task, count, 0, 0, backend)
    environments.reset()  # some are made at their first episode
    made = (time.process_time() - start) / count
    begin = _seconds(lambda: environments.reset(1)) / count
    step = iter(actions)
    seconds = [_seconds(lambda: environments.step(next(step))) for _ in actions]
    environments.close()
    return made, begin, statistics.median(seconds)


def _actions(task: str, count: int) -> np.ndarray:
    """Draws actions that the task allows, [T, E, A]."""
    sizes, random = spec(task), np.random.default_rng(0)
    shape = ITERATIONS, count, sizes.action_size
    if sizes.choices is None:
        return random.uniform(-1, 1, shape).astype(np.float32)
    return random.integers(sizes.choices, size=shape).astype(np.float32)


def _acting(path: str) -> tuple[float, float]:
    """Seconds of the policy and of replay in a step of acting, without the task.

    Those of the first step, by the clock, and of a later one.
    """
    sizes = spec(TASK)
    widths = sizes.observation_size, sizes.action_size
    count = BATCHES[0]
    environments = make(TASK, count, 0, 0)
    learner = Learner(PAPER.settings(), *widths, [0], path == "compiled")
    actor = Actor(learner, [environments])
    replay = Replay(1, count, count * ITERATIONS, widths)
    start = time.perf_counter()
    actor.step(replay)
    first = time.perf_counter() - start
    seconds = [_seconds(lambda: actor.step(replay)) for _ in range(ITERATIONS)]
    environments.close()
    *_, alone = _batch(TASK, "envpool", count)
    return first, max(0.0, statistics.median(seconds) - alone)


def _seconds(step: Callable) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def _peak_memory() -> int:
    """Most bytes that this process and, at a time, one that it started have held.

    The simulators of evaluations belong to it.
    """
    _batch(TASK, "envpool", EVALUATED)
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return 1024 * sum(resource.getrusage(kind).ru_maxrss for kind in kinds)


MEASURES = {
    "plain": plain,
    "compiled": compiled,
    "tasks": tasks,
    "together": together,
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(MEASURES[sys.argv[1]](*sys.argv[2:])))
