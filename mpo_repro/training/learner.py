"""The learner: parameters of R runs and one update of all of them."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from mpo_repro.config import ConfigError
from mpo_repro.config.numbers import rates, settings, shape
from mpo_repro.config.recipe import Recipe
from mpo_repro.training import adam, execution, noise, state
from mpo_repro.training.fused import Fused
from mpo_repro.training.group import ALONE, Alone
from mpo_repro.training.problem import problem
from mpo_repro.training.replay import Sequences
from mpo_repro.training.update import update


class Learner:
    """MPO's parameters, targets, multipliers and optimisers for R runs.

    Attributes:
      state: every tensor that learning changes, each with leading axis R.
      updates: updates taken.
      compiled: whether what is computed over and over is compiled.
    """

    def __init__(
        self,
        recipe: Recipe | Sequence[Recipe],
        observation_size: int,
        action_size: int,
        seeds: list[int],
        path: str = "plain",
        device: str = "cpu",
        group: Alone = ALONE,
    ):
        """Draws initial parameters from each run's seed.

        Args:
          recipe: the settings; of all runs, or of each: then they differ in numbers
            only (`problem.shape` is the same).
          observation_size: O.
          action_size: A.
          seeds: one per run, R of them.
          path: how updates are computed, one of execution.PATHS.
          device: where the state lives and is learnt, e.g. "cuda".
          group: the processes that average their gradients.

        Raises:
          ConfigError: if these are not as many as `data.workers`.
        """
        self.device, self.compiled = torch.device(device), path != "plain"
        recipes = [recipe] * len(seeds) if isinstance(recipe, Recipe) else recipe
        self.recipe, self.seeds, self.updates = recipes[0], list(seeds), 0
        problems = [problem(one, observation_size, action_size) for one in recipes]
        self.problem = problems[0]._replace(
            recipe=shape(recipes), kernel=execution.kernel(path, self.device)
        )
        drawn = state.initial(problems, self.seeds)
        self.group, self.seeds = group, [group.seed(seed) for seed in self.seeds]
        if group.count != self.recipe.data.workers:
            allowed = "1 here; more with torchrun and mpo-repro train"
            raise ConfigError(
                "recipe", "data.workers", recipes[0].data.workers, allowed
            )
        self.state = {name: value.to(self.device) for name, value in drawn.items()}
        self.rates = self._tensor([rates(one) for one in recipes])
        given = [settings(one) for one in recipes]
        self.settings = {
            name: self._tensor([one[name] for one in given]) for name in given[0]
        }
        step = update if group is ALONE else partial(update, mean=group.mean)
        self._update = over_runs(step, self.compiled, self.device)

    def update(self, batch: Sequences) -> dict[str, Tensor]:
        """Takes one step on every parameter; returns diagnostics, each [R]."""
        # None where sums over actions are exact.
        samples = getattr(self.recipe.improvement, "samples", 0)
        actions = batch.actions.shape[-1]
        shape = (samples, *batch.observations.shape[1:3], actions)
        draws = noise.normal(self.seeds, "update", self.updates, shape, self.device)
        self.updates += 1
        changed, metrics = self._update(
            self.problem,
            self.state,
            self.settings,
            self.rates,
            self._tensor([self._corrections()] * len(self.seeds)),
            batch,
            draws,
        )
        self.state |= changed
        state.refresh_targets(self.state, self.updates, self.recipe.optimisation)
        return metrics

    def _corrections(self) -> list[tuple[float, float]]:
        """Adam's, of the critic's step and of those of policy and multipliers."""
        steps = getattr(self.recipe.improvement, "m_step_updates", 1)
        last = self.updates * steps
        counts = self.updates, *range(last - steps + 1, last + 1)
        return [adam.corrections(count) for count in counts]

    def _tensor(self, rows: list) -> Tensor:
        return torch.tensor(rows, dtype=torch.float32, device=self.device)


def over_runs(function: Callable, compiled: bool, device: torch.device) -> Callable:
    """Maps a function of one run over R runs: the one place where that happens.

    The first argument (the problem) is shared; every other has a leading axis R. On a
    CPU the runs take turns: that is as fast, and each computes the very bits that it
    computes alone. Elsewhere they are one computation.
    """

    def alone(shared, *arguments):
        one = tree_map(lambda tensor: tensor[0], arguments)
        return tree_map(lambda tensor: tensor.unsqueeze(0), function(shared, *one))

    def at_once(shared, *arguments):
        return torch.vmap(lambda *one: function(shared, *one))(*arguments)

    def in_turn(shared, *arguments):
        runs = len(tree_leaves(arguments)[0])
        if runs == 1:
            return single(shared, *arguments)
        results = [single(shared, *_of_run(arguments, run)) for run in range(runs)]
        return tree_map(lambda *parts: torch.cat(parts), *results)

    if device.type != "cpu":
        return Fused(at_once) if compiled else at_once
    single = Fused(alone) if compiled else alone
    return in_turn


def _of_run(arguments: tuple, run: int) -> tuple:
    # Copies, for torch's alignment: matrix products round by where rows begin.
    return tree_map(lambda tensor: tensor[run : run + 1].clone(), arguments)
