"""One update's losses for one run: `mpo_repro.mpo` put together."""

from torch import Tensor

from mpo_repro.training import critics, improvement
from mpo_repro.training.problem import Problem, named, positive
from mpo_repro.training.targets import Targets


def losses(
    problem: Problem,
    policy: Tensor,
    critic: Tensor,
    duals: Tensor,
    settings: dict[str, Tensor],
    found: Targets,
    batch,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Returns the sum of all losses, scalar, and diagnostics, scalars.

    Policy, critic and multipliers share no parameter, so one backward pass over the sum
    gives each its own gradient.

    Args:
      problem: the run's constants.
      policy: parameter vector of pi_theta.
      critic: parameter vector of Q.
      duals: free parameters of the multipliers.
      settings: numbers of policy improvement by name, scalars.
      found: what the target networks say.
      batch: `Sequences` of one run.
    """
    critic_loss, metrics = _critic_loss(problem, critic, found, batch)
    loss, found_metrics = improvement_loss(
        problem, policy, duals, settings, found, batch
    )
    return critic_loss + loss, metrics | found_metrics


def improvement_loss(
    problem: Problem, policy: Tensor, duals: Tensor, settings, found: Targets, batch
) -> tuple[Tensor, dict[str, Tensor]]:
    """Returns the loss of policy and multipliers alone; arguments as `losses`."""
    values = positive(problem, named(problem, duals))
    metrics = {name: value.mean() for name, value in values.items()}
    improve = improvement.METHODS[problem.recipe.improvement.method]
    loss, found_metrics = improve(problem, policy, values, settings, found, batch)
    return loss, metrics | found_metrics


def _critic_loss(problem: Problem, critic: Tensor, found: Targets, batch):
    """Half the mean squared error over transitions, summed over critics."""
    predicted = critics.each(
        problem,
        critic,
        batch.observations[:, :-1].flatten(0, 1),
        batch.executed.flatten(0, 1),
    ).view(-1, *found.returns.shape)
    error = (predicted - found.returns).square() * batch.valid
    loss = 0.5 * error.sum() / found.transitions.clamp(min=1)
    return loss, {"critic_loss": loss, "q_value": found.q_values.mean()}
