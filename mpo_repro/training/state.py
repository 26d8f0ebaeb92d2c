"""The tensors of R runs that learning changes: their first values, and the targets."""

import torch
from torch import Tensor

from mpo_repro.config.recipe import Optimisation
from mpo_repro.mpo import multipliers, networks
from mpo_repro.training import adam, noise, normaliser
from mpo_repro.training.problem import Problem, initial_multipliers
from mpo_repro.training.update import TRAINED

State = dict[str, Tensor]


def initial(problems: list[Problem], seeds: list[int]) -> State:
    """Draws the first parameters of each run from its seed; each [R, ...]."""
    pairs = zip(problems, seeds, strict=True)
    runs = [_drawn(problem, seed) for problem, seed in pairs]
    state = {name: torch.stack([run[name] for run in runs]) for name in runs[0]}
    for name in TRAINED:
        moments = adam.zeros(state[name])
        state[f"{name}_first_moment"], state[f"{name}_second_moment"] = moments
    for name in ("policy", "critic"):
        state[f"target_{name}"] = state[name].clone()
    first = problems[0]
    if first.recipe.data.normalise_observations:
        state |= normaliser.initial(len(seeds), first.policy.observation_size)
    return state


def _drawn(problem: Problem, seed: int) -> State:
    first = noise.generator(seed, "initial_parameters", 0).integers(2**62)
    generator = torch.Generator().manual_seed(int(first))
    policy = networks.initial_policy(problem.policy, generator)
    critics = [
        networks.initial_critic(problem.critic, generator)
        for _ in range(problem.recipe.critic.count)
    ]
    given = problem.recipe.multipliers
    duals = [
        multipliers.parameter_for(value, given.transform, given.scale)
        for value in initial_multipliers(problem)
    ]
    vectors = {"policy": policy, "critic": torch.cat(critics)}
    return vectors | {"multipliers": torch.tensor(duals, dtype=torch.float32)}


def refresh_targets(state: State, updates: int, how: Optimisation) -> None:
    """Brings the target networks up to date, as far as that is due, in place.

    Args:
      state: the state after `updates` updates.
      updates: how many updates were taken.
      how: copies by period, or a running average by rate; pi_i may have its own period.
    """
    periods = {"policy": how.policy_period or how.target_period}
    periods["critic"] = how.target_period
    for name, period in periods.items():
        if period is None:
            state[f"target_{name}"] = state[f"target_{name}"].lerp(
                state[name], how.target_rate
            )
        elif updates % period == 0:
            state[f"target_{name}"] = state[name].clone()
