"""Environments stepped with random actions, as steps that a benchmark repeats.

A step of a benchmark is one round: E episodes, all their time steps and the start of
the next ones.
"""

import time
from collections.abc import Callable

import numpy as np

from mpo_repro.environments import make, spec, suite


def ours(task: str, count: int) -> tuple[Callable, dict]:
    """Our batch of E environments, with what starting a round costs."""
    environments, actions = make(task, count, 0, 0, "envpool"), _actions(task, count)
    environments.reset()

    def step() -> None:
        for action in actions:
            environments.step(action)
        environments.step(actions[0])  # begins the next round

    return step, {}


def ours_within_a_round(task: str, count: int) -> tuple[Callable, dict]:
    """The same without the start of the round."""
    environments, actions = make(task, count, 0, 0, "envpool"), _actions(task, count)
    environments.reset()

    def step() -> float:
        start = time.perf_counter()
        for action in actions:
            environments.step(action)
        taken = time.perf_counter() - start
        environments.step(actions[0])
        return taken

    return step, {}


def envpool(task: str, count: int) -> tuple[Callable, dict]:
    """EnvPool's own pool, one thread; it starts new episodes by itself."""
    import envpool as library

    from mpo_repro.environments.envpool_suite import pool_name

    pool = library.make(
        pool_name(task),
        env_type="dm",
        num_envs=count,
        batch_size=count,
        num_threads=1,
        seed=0,
    )
    pool.reset()
    actions = _actions(task, count)

    def step() -> None:
        for action in actions:
            pool.step(action)
        pool.step(actions[0])

    return step, {}


def dm_control(task: str, count: int) -> tuple[Callable, dict]:
    """dm_control's own loop, one environment after the other."""
    from dm_control import suite as library

    environments = [library.load(*suite.split(task)) for _ in range(count)]
    actions = _actions(task, count).astype(np.float64)

    def step() -> None:
        for environment in environments:
            environment.reset()
        for action in actions:
            for environment, one in zip(environments, action, strict=True):
                environment.step(one)

    return step, {}


def _actions(task: str, count: int) -> np.ndarray:
    """Draws actions of one round, [T, E, A]."""
    sizes = spec(task)
    shape = sizes.episode_length, count, sizes.action_size
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
