"""One update of the learner, as a step that a benchmark repeats.

Every update reads its batch from replay first: that is part of learning.
"""

from collections.abc import Callable

import torch

from mpo_repro.benchmark import gemm, plain_update, products
from mpo_repro.benchmark.sizes import Sizes, sequences
from mpo_repro.training import execution, memory
from mpo_repro.training.learner import Learner
from mpo_repro.training.replay import Replay

ROWS = 20_000  # of replay: more than any cache of a core holds


def ours(sizes: Sizes, path: str) -> tuple[Callable, dict]:
    """The learner as a run uses it, on one of execution.PATHS."""
    memory.keep_freed()
    recipe = sizes.settings()
    widths = sizes.observations, sizes.actions
    learner = Learner(recipe, *widths, [0], path)
    replay = filled(recipe.data.environments, widths)
    count, length = sequences(recipe)

    def step() -> None:
        learner.update(replay.sample([0], learner.updates, count, length))

    return step, {"execution": path}


def plain(sizes: Sizes, kept: bool = False) -> tuple[Callable, dict]:
    """The plain eager update with two passes over the target critic.

    Of the sizes it takes all but the recipe: its losses fit the paper's settings. Freed
    memory is kept, as ours is, only where asked: nobody who writes it so does that.
    """
    if kept:
        memory.keep_freed()
    recipe = sizes._replace(recipe="paper").settings()
    learner = plain_update.PlainUpdate(recipe, sizes.observations, sizes.actions)
    stored = plain_update.Transitions(
        torch.randn(ROWS, sizes.observations),
        torch.randn(ROWS, sizes.actions),
        torch.rand(ROWS),
        torch.full((ROWS,), recipe.policy_evaluation.discount),
        torch.randn(ROWS, sizes.observations),
    )

    def step() -> None:
        drawn = torch.randint(ROWS, (sizes.batch,))
        learner.update(plain_update.Transitions(*(part[drawn] for part in stored)))

    return step, {}


def limit(sizes: Sizes) -> tuple[Callable, dict]:
    """The update's matrix products alone."""
    memory.keep_freed()
    listed = products.of_update(sizes.settings(), sizes.observations, sizes.actions)
    step, ways = gemm.fastest(listed)
    return step, {
        "operations": sum(product.operations for product in listed),
        "ways": ways,
    }


def path(wanted: str | None) -> str:
    """Returns the execution path of a long run on this machine."""
    return execution.choose(10**9, wanted)


def filled(
    environments: int, widths: tuple[int, int], runs: int = 1, device: str = "cpu"
) -> Replay:
    """Returns replay full of random rows: ROWS for each of R runs."""
    observation, action = widths
    replay = Replay(runs, environments, ROWS, widths, device)
    for _ in range(replay.capacity):
        actions = torch.randn(runs, environments, action)
        replay.add(
            torch.randn(runs, environments, observation),
            actions,
            actions.clamp(-1, 1),
            torch.randn(runs, environments) - action,
            torch.rand(runs, environments),
            *torch.ones(2, runs, environments),
        )
    return replay
