"""The process that measures a machine: `python -m mpo_repro.study.measuring WHAT`.

WHAT is `plain` or `compiled` (updates), `tasks` with their names, or `together` with a
device (updates of several runs on it). The last line that it prints is JSON. Times
are the processor's, so that other jobs do not enter, except the compiler's, which has
processes of its own.

Even so others enter where environments are stepped: EnvPool waits for its thread, at
first without sleeping, and where the other cores are busy that takes several times what
it waits for. A small batch is then as slow as a large one. So steps of both are taken
in turns, and the fast ones count; where nobody disturbs, all are about as fast.
"""

import itertools
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
from mpo_repro.environments import Environments, make, spec
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
ITERATIONS = 60  # actions that are drawn for a batch of environments
TURNS = 1.0  # seconds in which steps are measured in turns
FAST = 0.05  # the share of steps that count as fast
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
    """Measures a compiled update, acting beside it, and what compiling takes.

    Twice: with the compiler's cache as it is, and once more now that it is filled.
    """
    first, _ = _update(PAPER, "compiled")
    first_acting, _ = _acting("compiled")
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
    few, many = BATCHES
    small = _begun(task, backend, few)
    start = time.process_time()
    large = _begun(task, backend, many)
    made = (time.process_time() - start) / many
    begin = _seconds(lambda: large.reset(1)) / many
    one, other = _in_turns(_stepper(task, small), _stepper(task, large))
    small.close()
    large.close()
    each = max(0.0, (other - one) / (many - few))
    return made, begin, max(0.0, one - few * each), each


def _begun(task: str, backend: str, count: int) -> Environments:
    """Makes environments, some of which are only made at their first episode."""
    environments = make(task, count, 0, 0, backend)
    environments.reset()
    return environments


def _stepper(task: str, environments: Environments) -> Callable:
    """Gives a function that takes a step of a whole batch."""
    actions = itertools.cycle(_actions(task, environments.count))
    return lambda: environments.step(next(actions))


def _in_turns(*steps: Callable) -> list[float]:
    """Seconds of each of several steps, where nobody disturbs; see above."""
    seconds, end = [], time.monotonic() + TURNS
    while not seconds or time.monotonic() < end:
        seconds.append([_seconds(step) for step in steps])
    return np.quantile(seconds, FAST, axis=0).tolist()


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
    environments, beside = (_begun(TASK, "envpool", count) for _ in range(2))
    learner = Learner(PAPER.settings(), *widths, [0], path)
    actor = Actor(learner, [environments])
    replay = Replay(1, count, count * ITERATIONS, widths)
    start = time.perf_counter()
    actor.step(replay)
    first = time.perf_counter() - start
    step = _stepper(TASK, beside)
    whole, alone = _in_turns(lambda: actor.step(replay), step)
    environments.close()
    beside.close()
    return first, max(0.0, whole - alone)


def _seconds(step: Callable) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def _peak_memory() -> int:
    """Most bytes that this process and, at a time, one that it started have held.

    The simulators of evaluations belong to it.
    """
    _begun(TASK, "envpool", EVALUATED).close()
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
