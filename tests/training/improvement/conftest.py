"""A batch of states with sampled actions and values, and policies to improve."""

from types import SimpleNamespace

import pytest
import torch
from torch import distributions as td

from mpo_repro.config import load_recipe, numbers, override
from mpo_repro.mpo import multipliers, networks
from mpo_repro.training import problem as problems
from mpo_repro.training.improvement import improved_policy
from mpo_repro.training.targets import Targets

B, M, O, A = 6, 7, 4, 3  # noqa: E741, states, samples, sizes of observation and action


@pytest.fixture(scope="session")
def case():
    """case("default", changes): everything that `improve` is given, and both policies.

    `vector` holds the parameters of `new` and requires a gradient, as do `duals`.
    """

    def make(name="default", changes=None, choices=None):
        recipe = override(load_recipe(name), changes or {})
        constants = problems.problem(recipe, O, choices or A)
        generator = torch.Generator().manual_seed(11)
        vectors = [networks.initial_policy(constants.policy, generator) for _ in "ab"]
        vector, old_vector = (
            v + 0.05 * torch.randn(v.shape, generator=generator) for v in vectors
        )
        vector.requires_grad_()
        states = torch.randn(1, B, O, generator=generator)
        old = networks.policy(constants.policy, old_vector, states[0])
        new = networks.policy(constants.policy, vector, states[0])
        noise = torch.randn(M, B, A, generator=generator)
        sampler = new if _of_current(recipe) else old
        actions = old.all_actions() if choices else sampler.sample(noise).detach()
        q_values = torch.randn(choices or M, B, generator=generator) * 3
        starts = problems.initial_multipliers(constants)
        duals = torch.tensor(starts, requires_grad=True)
        values = problems.named(constants, duals)
        settings = {
            name: torch.tensor(value)
            for name, value in numbers.settings(recipe).items()
        }
        transform = recipe.multipliers.transform
        free = [multipliers.parameter_for(value, transform) for value in starts]
        state = {"multipliers": torch.tensor(free)}
        given = constants, state, settings, old, actions, q_values
        found = Targets(
            old=tuple(old),
            actions=actions,
            q_values=q_values,
            returns=torch.zeros(1, B),
            transitions=torch.tensor(float(B)),
            old_vector=old_vector,
            improved=improved_policy(*given),
        )
        batch = SimpleNamespace(observations=states)
        return SimpleNamespace(
            given=(constants, vector, values, settings, found, batch),
            old=old,
            new=new,
            vector=vector,
            found=found,
            duals=duals,
            values=values,
            settings=settings,
        )

    return make


def _of_current(recipe):
    return getattr(recipe.improvement, "actions", "old") == "current"


@pytest.fixture(scope="session")
def as_torch():
    """Makes a torch distribution of a Gaussian policy."""

    def convert(policy):
        scale = policy[1]
        if scale.dim() == policy.mean.dim():
            scale = torch.diag_embed(scale)
        return td.MultivariateNormal(policy.mean, scale_tril=scale)

    return convert
