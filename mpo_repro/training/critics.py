"""One critic, or twins of which the lower value counts.

Source of the twins: Fujimoto et al., Addressing function approximation error in
actor-critic methods, 2018.
"""

import torch
from torch import Tensor

from mpo_repro.kernels import critic_values
from mpo_repro.mpo import networks
from mpo_repro.training.problem import Problem


def each(problem: Problem, vector: Tensor, states: Tensor, actions: Tensor) -> Tensor:
    """Evaluates every critic.

    Args:
      problem: the run's constants.
      vector: the critics' parameters, one after the other.
      states: shape [B, O].
      actions: executed actions, shape [B, A] or [N, B, A].

    Returns:
      Q of shape [C, B] or [C, N, B], C critics.
    """
    single = vector.view(problem.recipe.critic.count, -1)
    values = [networks.critic(problem.critic, one, states, actions) for one in single]
    return torch.stack(values)


def lowest(problem: Problem, vector: Tensor, states: Tensor, actions: Tensor) -> Tensor:
    """Returns the lowest value of all critics, [B] or [N, B], without gradients.

    Arguments as `each`.
    """
    if problem.kernel is None or not critic_values.serves(problem.critic):
        return each(problem, vector, states, actions).amin(0)
    single = vector.view(problem.recipe.critic.count, -1)
    values = [
        critic_values.critic(problem.critic, one, states, actions, problem.kernel)
        for one in single
    ]
    return torch.stack(values).amin(0)
