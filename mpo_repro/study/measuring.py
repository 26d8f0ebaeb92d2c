"""The process that measures a machine: `python -m mpo_repro.study.measuring WHAT`.

WHAT is `plain` or `compiled` (updates), or `tasks` with their names. The last line that
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

from mpo_repro.benchmark import updates
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
ROUNDS, EVALUATED = 6, 20  # evaluations, after which memory grows little, and theirs


def plain() -> dict:
    """Measures the start of a run, plain updates of three sizes, and memory."""
    import mpo_repro.environments.envpool_suite  # noqa: F401 (a run imports it late)

    start = time.process_time()  # of the whole process so far: imports
    found = [
        (
            operations(sizes.settings(), sizes.observations, sizes.actions),
            _update(sizes),
        )
        for sizes in SIZES
    ]
    return {
        "start_seconds": start,
        "updates": [(count, seconds) for count, (_, seconds) in found],
        "paper_seconds": found[SIZES.index(PAPER)][1][1],
        "acting_seconds": _acting(),
        "memory": _peak_memory(),
        "can_compile": execution.choose(10**9) == "compiled",
    }


def compiled() -> dict:
    """Measures a compiled update, and what compiling takes."""
    first, seconds = _update(PAPER, "compiled")
    return {
        "first_seconds": first,
        "paper_seconds": seconds,
        "memory": _peak_memory(),
    }


def tasks(*names: str) -> dict:
    """Measures acting; see `cost.Task`."""
    return {name: _stepping(*name.split()) for name in names}


def _operations(sizes: Sizes) -> int:
    return operations(sizes.settings(), sizes.observations, sizes.actions)


def _update(sizes: Sizes, path: str = "plain") -> tuple[float, float]:
    """Seconds of the first update, by the clock, and of a later one."""
    step, _ = updates.ours(sizes, path)
    start = time.perf_counter()
    step()
    first = time.perf_counter() - start
    step()
    return first, statistics.median(_seconds(step) for _ in range(REPETITIONS))


def _stepping(task: str, backend: str) -> tuple[float, float, float]:
    """Starts of episodes, and a line through the times of two batches."""
    begin, small = _batch(task, backend, BATCHES[0])
    begin, large = _batch(task, backend, BATCHES[1])
    each = max(0.0, (large - small) / (BATCHES[1] - BATCHES[0]))
    return begin, max(0.0, small - BATCHES[0] * each), each


def _batch(task: str, backend: str, count: int) -> tuple[float, float]:
    """Seconds to begin one environment's episode, and of a step of all."""
    environments, actions = make(task, count, 0, 0, backend), _actions(task, count)
    environments.reset()  # what is prepared once is not part of an episode's start
    begin = _seconds(environments.reset) / count
    step = iter(actions)
    seconds = [_seconds(lambda: environments.step(next(step))) for _ in actions]
    environments.close()
    return begin, statistics.median(seconds)


def _actions(task: str, count: int) -> np.ndarray:
    """Draws actions that the task allows, [T, E, A]."""
    sizes, random = spec(task), np.random.default_rng(0)
    shape = ITERATIONS, count, sizes.action_size
    if sizes.choices is None:
        return random.uniform(-1, 1, shape).astype(np.float32)
    return random.integers(sizes.choices, size=shape).astype(np.float32)


def _acting() -> float:
    """Seconds of the policy and of replay in a step of acting, without the task."""
    sizes = spec(TASK)
    widths = sizes.observation_size, sizes.action_size
    count = BATCHES[0]
    environments = make(TASK, count, 0, 0)
    actor = Actor(Learner(PAPER.settings(), *widths, [0]), [environments])
    replay = Replay(1, count, count * ITERATIONS, widths)
    seconds = [_seconds(lambda: actor.step(replay)) for _ in range(ITERATIONS)]
    environments.close()
    return max(0.0, statistics.median(seconds) - _batch(TASK, "envpool", count)[1])


def _seconds(step: Callable) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def _peak_memory() -> int:
    """Most bytes that this process and, at a time, one that it started have held.

    Evaluations belong to it: what their simulators free, the process keeps.
    """
    for _ in range(ROUNDS):
        _batch(TASK, "envpool", EVALUATED)
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return 1024 * sum(resource.getrusage(kind).ru_maxrss for kind in kinds)


MEASURES = {"plain": plain, "compiled": compiled, "tasks": tasks}

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps(MEASURES[sys.argv[1]](*sys.argv[2:])))
