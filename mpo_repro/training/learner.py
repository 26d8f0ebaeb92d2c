"""The learner: parameters of R runs and one update of all of them."""

from collections.abc import Callable

import torch
from torch import Tensor

from mpo_repro.config.recipe import Recipe
from mpo_repro.mpo import multipliers, networks
from mpo_repro.training import adam, noise
from mpo_repro.training.losses import (
    MULTIPLIERS,
    SETTINGS,
    Targets,
    losses,
    problem,
    targets,
)
from mpo_repro.training.replay import Sequences

TRAINED = ("policy", "critic", "multipliers")


class Learner:
    """MPO's parameters, targets, multipliers and optimisers for R runs.

    Attributes:
      state: every tensor that learning changes, each with leading axis R.
      updates: updates taken.
    """

    def __init__(
        self,
        recipe: Recipe,
        observation_size: int,
        action_size: int,
        seeds: list[int],
        compiled: bool = False,
    ):
        """Draws initial parameters from each run's seed.

        Args:
          recipe: the settings.
          observation_size: O.
          action_size: A.
          seeds: one per run, R of them.
          compiled: whether torch.compile fuses the computation (see execution.py).
        """
        self.recipe, self.seeds, self.updates = recipe, list(seeds), 0
        self.problem = problem(recipe, observation_size, action_size)
        self.state = self._initial_state()
        self.rates = self._per_run(*self._rates())
        self.settings = self._per_run(
            *(getattr(recipe.improvement, name) or 1.0 for name in SETTINGS)
        )
        self._targets = over_runs(targets, len(seeds), compiled)
        self._losses = over_runs(losses, len(seeds), compiled)

    def update(self, batch: Sequences) -> dict[str, Tensor]:
        """Takes one step on every parameter; returns diagnostics, each [R]."""
        recipe, state = self.recipe, self.state
        shape = (recipe.improvement.samples, *batch.observations.shape[1:3])
        draws = noise.normal(
            self.seeds, "update", self.updates, (*shape, batch.actions.shape[-1])
        )
        with torch.no_grad():
            found = self._targets(
                self.problem,
                state["target_policy"],
                state["target_critic"],
                batch,
                draws,
            )
        trained = [state[name].requires_grad_() for name in TRAINED]
        total, metrics = self._losses(
            self.problem, *trained, self.settings, Targets(*found), batch
        )
        gradients = torch.autograd.grad(total.sum(), trained)
        self._apply(gradients)
        return {name: value.detach() for name, value in metrics.items()}

    def _apply(self, gradients: tuple[Tensor, ...]) -> None:
        state, norm = self.state, self.recipe.optimisation.gradient_norm
        self.updates += 1
        for name, gradient, rate in zip(TRAINED, gradients, self.rates.T, strict=True):
            if norm is not None and name != "multipliers":
                gradient = adam.clip(gradient, norm)
            moments = state[f"{name}_first_moment"], state[f"{name}_second_moment"]
            adam.step(state[name].detach_(), gradient, moments, rate, self.updates)
        duals = state["multipliers"]
        duals.clamp_(min=multipliers.LOWEST_PARAMETER)
        if self.updates % self.recipe.optimisation.target_period == 0:
            state["target_policy"].copy_(state["policy"])
            state["target_critic"].copy_(state["critic"])

    def _initial_state(self) -> dict[str, Tensor]:
        policies, critics = [], []
        for seed in self.seeds:
            first = noise.generator(seed, "initial_parameters", 0).integers(2**62)
            generator = torch.Generator().manual_seed(int(first))
            policies.append(networks.initial_policy(self.problem.policy, generator))
            critics.append(networks.initial_critic(self.problem.critic, generator))
        state = {"policy": torch.stack(policies), "critic": torch.stack(critics)}
        state["multipliers"] = self._per_run(
            *map(multipliers.parameter_for, self._initial_multipliers())
        )
        for name in TRAINED:
            moments = adam.zeros(state[name])
            state[f"{name}_first_moment"], state[f"{name}_second_moment"] = moments
        for name in ("policy", "critic"):
            state[f"target_{name}"] = state[name].clone()
        return state

    def _initial_multipliers(self) -> list[float]:
        given = self.recipe.multipliers
        values = {name: getattr(given, name, None) for name in MULTIPLIERS}
        values["penalty_temperature"] = given.temperature
        return [values[name] for name in MULTIPLIERS]

    def _rates(self) -> tuple[float, float, float]:
        optimisation = self.recipe.optimisation
        return (
            optimisation.policy_learning_rate,
            optimisation.critic_learning_rate,
            self.recipe.multipliers.learning_rate,
        )

    def _per_run(self, *values: float) -> Tensor:
        return torch.tensor([values] * len(self.seeds), dtype=torch.float32)


def over_runs(function: Callable, runs: int, compiled: bool) -> Callable:
    """Maps a function of one run over R runs: the one place where that happens.

    The first argument (the problem) is shared; every other has a leading axis R. A
    single run is not mapped but unwrapped: the same numbers without the overhead.
    """

    if compiled:
        function = torch.compile(function, dynamic=False)

    def mapped(shared, *arguments):
        if runs > 1:
            return torch.vmap(lambda *one: function(shared, *one))(*arguments)
        one = [_first(argument) for argument in arguments]
        return _wrap(function(shared, *one))

    return mapped


def _first(argument):
    if isinstance(argument, tuple):
        return type(argument)(*(part[0] for part in argument))
    return argument[0]


def _wrap(result):
    if isinstance(result, Tensor):
        return result.unsqueeze(0)
    if isinstance(result, dict):
        return {name: value.unsqueeze(0) for name, value in result.items()}
    if hasattr(result, "_fields"):
        return type(result)(*(_wrap(part) for part in result))
    return tuple(_wrap(part) for part in result)
