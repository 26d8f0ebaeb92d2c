"""What is fixed for a run and decides the shape of its computation."""

from typing import NamedTuple

from torch import Tensor

from mpo_repro.config import ConfigError
from mpo_repro.config.numbers import BOUNDS
from mpo_repro.config.recipe import Recipe
from mpo_repro.environments import Spec
from mpo_repro.mpo import actions, filters, multipliers, networks


class Problem(NamedTuple):
    """Architectures and settings that are not numbers of a single run."""

    policy: networks.PolicyNetwork | networks.CategoricalNetwork
    critic: networks.CriticNetwork
    recipe: Recipe
    multipliers: dict[str, int]  # name -> how many numbers, in the order of the vector
    kernel: int | None = None  # a precision of kernels.critic_values; None: plain


def problem(recipe: Recipe, observation_size: int, action_size: int) -> Problem:
    """Reads from a recipe what the computation needs."""
    return Problem(
        policy=_policy(recipe.policy, observation_size, action_size),
        critic=networks.CriticNetwork(
            observation_size, action_size, _torso(recipe.critic)
        ),
        recipe=recipe,
        multipliers=_multipliers(recipe, action_size),
    )


def initial_multipliers(problem: Problem) -> list[float]:
    """Returns the first values of all multipliers, in the order of the vector."""
    given, values = problem.recipe.multipliers, []
    for name, count in problem.multipliers.items():
        start = given.temperature if "temperature" in name else getattr(given, name)
        values += [start] * count
    return values


def named(problem: Problem, vector: Tensor) -> dict[str, Tensor]:
    """Splits a vector of multipliers: scalars, [A] where dimensions have their own."""
    parts = vector.split([*problem.multipliers.values()])
    return {
        name: part.squeeze(0) if len(part) == 1 else part
        for name, part in zip(problem.multipliers, parts, strict=True)
    }


def positive(problem: Problem, parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    """Maps the free parameters of multipliers to their values."""
    given = problem.recipe.multipliers
    return {
        name: multipliers.positive(parameter, given.transform, given.scale)
        for name, parameter in parameters.items()
    }


def executed(problem: Problem, drawn: Tensor) -> Tensor:
    """Maps actions as drawn [..., A] to those that an environment is given."""
    policy = problem.recipe.policy
    if policy.distribution != "gaussian":
        return drawn
    return actions.BOUNDS[policy.bounds](drawn)


def for_environment(problem: Problem, executed: Tensor) -> Tensor:
    """Maps executed actions [..., A] to what the environment's interface wants.

    Discrete actions are unit vectors here and numbers there, [..., 1].
    """
    if problem.recipe.policy.distribution == "gaussian":
        return executed
    return executed.argmax(-1, keepdim=True).float()


def action_size(recipe: Recipe, spec: Spec) -> int:
    """Returns A, the elements of an action here.

    Raises:
      ConfigError: if the recipe's policy cannot act in the task, or its networks see
        images and the task shows none, or the other way round.
    """
    torso = "mlp" if spec.image is None else "dqn"
    if recipe.critic.torso != torso:  # the policy's is the same
        given = f"{recipe.critic.torso}, on {spec.task}"
        raise ConfigError("recipe", "policy.torso", given, torso)
    discrete = recipe.policy.distribution == "categorical"
    if discrete != (spec.choices is not None):
        wanted = "gaussian" if discrete else "categorical"
        given = f"{recipe.policy.distribution}, on {spec.task}"
        raise ConfigError("recipe", "policy.distribution", given, wanted)
    return spec.choices if discrete else spec.action_size


def _torso(part) -> networks.Torso:
    seen = filters.BY_NAME[getattr(part, "torso", "mlp")]
    return networks.Torso(part.hidden, part.activation, part.layer_norm, seen)


def _policy(policy, observation_size: int, action_size: int):
    torso = _torso(policy)
    if policy.distribution == "categorical":
        return networks.CategoricalNetwork(observation_size, action_size, torso)
    return networks.PolicyNetwork(
        observation_size,
        action_size,
        torso,
        policy.covariance,
        policy.mean,
        policy.initial_stddev,
        policy.minimum_stddev,
    )


def _multipliers(recipe: Recipe, action_size: int) -> dict[str, int]:
    improvement = recipe.improvement
    sizes = {}
    if getattr(improvement, "temperature", None) == "gradient":
        sizes["temperature"] = 1
    own = action_size if getattr(improvement, "per_dimension", False) else 1
    for part in BOUNDS:
        if getattr(improvement, f"epsilon_{part}", None) is not None:
            sizes[f"alpha_{part}"] = own
    if getattr(improvement, "epsilon_penalty", None) is not None:
        sizes["penalty_temperature"] = 1
    return sizes
