"""One update of one run, from state to state, without side effects.

Written so, the whole update is one graph for torch.compile and maps over runs.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from mpo_repro.mpo import multipliers
from mpo_repro.training import adam, batches, normaliser
from mpo_repro.training.group import ALONE
from mpo_repro.training.losses import improvement_loss, losses
from mpo_repro.training.problem import Problem
from mpo_repro.training.replay import Sequences
from mpo_repro.training.targets import targets

TRAINED = ("policy", "critic", "multipliers")
IMPROVED = ("policy", "multipliers")
State = dict[str, Tensor]
Mean = Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]


def update(
    problem: Problem,
    state: State,
    settings: dict[str, Tensor],
    rates: Tensor,
    correction: Tensor,
    batch: Sequences,
    noise: Tensor,
    mean: Mean = ALONE.mean,
) -> tuple[State, dict[str, Tensor]]:
    """Takes one step on every parameter, and as many as are asked for in the M-step.

    Args:
      problem: the run's constants.
      state: the vectors TRAINED and their moments (`..._first_moment`,
        `..._second_moment`), `target_policy`, `target_critic`, and the statistics of
        `normaliser`, if observations are normalised.
      settings: numbers of policy improvement by name, scalars.
      rates: learning rates of TRAINED, shape [3].
      correction: Adam's, shape [1 + K, 2]: of the critic's step, then of each of the K
        steps of policy and multipliers.
      batch: `Sequences` of one run (no leading R).
      noise: standard normal, shape [M, S, T + 1, A].
      mean: averages gradients, and the batch's count of transitions, over processes.

    Returns:
      The part of the state that changed, and diagnostics, scalars.
    """
    observations = normaliser.normalise(state, batch.observations)
    batch = batch._replace(observations=observations)
    with torch.no_grad():
        found = targets(problem, state, settings, batch, noise)
        found = found._replace(transitions=mean((found.transitions,))[0])
    batch = batches.trained(problem, batch)

    def loss(policy: Tensor, critic: Tensor, duals: Tensor):
        return losses(problem, policy, critic, duals, settings, found, batch)

    def m_step_loss(policy: Tensor, duals: Tensor):
        return improvement_loss(problem, policy, duals, settings, found, batch)

    of_name = dict(zip(TRAINED, rates, strict=True))
    first = dict.fromkeys(IMPROVED, correction[1]) | {"critic": correction[0]}
    changed, metrics = _step(problem, state, TRAINED, loss, of_name, first, mean)
    for following in correction[2:]:
        again = dict.fromkeys(IMPROVED, following)
        changed |= _step(
            problem, state | changed, IMPROVED, m_step_loss, of_name, again, mean
        )[0]
    return changed, metrics


def _step(
    problem: Problem,
    state: State,
    names: tuple[str, ...],
    loss: Callable,
    rates: dict[str, Tensor],
    corrections: dict[str, Tensor],
    mean: Mean,
) -> tuple[State, dict[str, Tensor]]:
    """Takes one of Adam's steps on some vectors, by the gradient of their loss."""
    gradients, metrics = torch.func.grad(
        loss, argnums=tuple(range(len(names))), has_aux=True
    )(*(state[name] for name in names))
    changed: State = {}
    for name, gradient in zip(names, mean(gradients), strict=True):
        changed |= _adam(problem, state, name, gradient, rates[name], corrections[name])
    changed["multipliers"] = _limited(problem, changed["multipliers"])
    return changed, metrics


def _limited(problem: Problem, vector: Tensor) -> Tensor:
    """Returns the free parameters, each kept between its multiplier's floor and cap."""
    parts = []
    for name, count in problem.multipliers.items():
        part, vector = vector.split([count, len(vector) - count])
        lowest, highest = _limits(problem, name)
        parts.append(part.clamp(min=lowest, max=highest))
    return torch.cat([*parts, vector])


def _limits(problem: Problem, name: str) -> tuple[float, float | None]:
    given = problem.recipe.multipliers
    cap = (given.cap_mean if name == "alpha_mean" else None) or given.cap
    return multipliers.limits(given.floor, cap, given.transform, given.scale)


def _adam(problem, state, name, gradient, rate, correction) -> State:
    norm = problem.recipe.optimisation.gradient_norm
    if norm is not None and name != "multipliers":
        gradient = adam.clip(gradient, norm)
    names = f"{name}_first_moment", f"{name}_second_moment"
    moments = state[names[0]], state[names[1]]
    stepped, moments = adam.step(state[name], gradient, moments, rate, correction)
    return {name: stepped} | dict(zip(names, moments, strict=True))
