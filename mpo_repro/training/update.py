"""One update of one run, from state to state, without side effects.

Written so, the whole update is one graph for torch.compile and maps over runs.
"""

import torch
from torch import Tensor

from mpo_repro.mpo import multipliers
from mpo_repro.training import adam, normaliser
from mpo_repro.training.losses import losses
from mpo_repro.training.problem import Problem
from mpo_repro.training.replay import Sequences
from mpo_repro.training.targets import targets

TRAINED = ("policy", "critic", "multipliers")
State = dict[str, Tensor]


def update(
    problem: Problem,
    state: State,
    settings: dict[str, Tensor],
    rates: Tensor,
    correction: Tensor,
    batch: Sequences,
    noise: Tensor,
) -> tuple[State, dict[str, Tensor]]:
    """Takes one step on every parameter.

    Args:
      problem: the run's constants.
      state: the vectors TRAINED and their moments (`..._first_moment`,
        `..._second_moment`), `target_policy`, `target_critic`, and the statistics of
        `normaliser`, if observations are normalised.
      settings: numbers of policy improvement by name, scalars.
      rates: learning rates of TRAINED, shape [3].
      correction: Adam's, shape [2].
      batch: `Sequences` of one run (no leading R).
      noise: standard normal, shape [M, S, T + 1, A].

    Returns:
      The part of the state that changed, and diagnostics, scalars.
    """
    observations = normaliser.normalise(state, batch.observations)
    batch = batch._replace(observations=observations)
    with torch.no_grad():
        found = targets(problem, state, settings, batch, noise)

    def loss(policy: Tensor, critic: Tensor, duals: Tensor):
        return losses(problem, policy, critic, duals, settings, found, batch)

    trained = [state[name] for name in TRAINED]
    gradients, metrics = torch.func.grad(loss, argnums=(0, 1, 2), has_aux=True)(
        *trained
    )
    changed: State = {}
    for name, gradient, rate in zip(TRAINED, gradients, rates, strict=True):
        changed |= _step(problem, state, name, gradient, rate, correction)
    duals = changed["multipliers"]
    changed["multipliers"] = duals.clamp(min=multipliers.LOWEST_PARAMETER)
    return changed, metrics


def _step(problem, state, name, gradient, rate, correction) -> State:
    norm = problem.recipe.optimisation.gradient_norm
    if norm is not None and name != "multipliers":
        gradient = adam.clip(gradient, norm)
    names = f"{name}_first_moment", f"{name}_second_moment"
    moments = state[names[0]], state[names[1]]
    stepped, moments = adam.step(state[name], gradient, moments, rate, correction)
    return {name: stepped} | dict(zip(names, moments, strict=True))
