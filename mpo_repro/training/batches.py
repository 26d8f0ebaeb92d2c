"""Which steps and states of a batch are learnt from.

With full returns replay is read further than what is trained, so that every target has
its length; and terminal states may be left out of policy improvement.
"""

import torch
from torch import Tensor

from mpo_repro.training.problem import Problem


def trained(problem: Problem, batch):
    """Returns the batch without what was read only to lengthen returns.

    Args:
      problem: the run's constants.
      batch: `Sequences` of one run.
    """
    evaluation = problem.recipe.policy_evaluation
    if not evaluation.full_returns:
        return batch
    length, (observations, *rest) = evaluation.sequence_length, batch
    kept = (part[:, :length] for part in rest)
    return type(batch)(observations[:, : length + 1], *kept)


def of_trained(problem: Problem, found, batch):
    """Returns what was found at the states of the batch, at those of `trained` only.

    Args:
      problem: the run's constants.
      found: `Targets`; its returns are those of trained steps already.
      batch: `Sequences` of one run, as read.
    """
    evaluation = problem.recipe.policy_evaluation
    if not evaluation.full_returns:
        return found
    shape, kept = batch.observations.shape[:2], evaluation.sequence_length + 1

    def cut(part: Tensor, axis: int) -> Tensor:
        whole = part.unflatten(axis, shape)
        return whole.narrow(axis + 1, 0, kept).flatten(axis, axis + 1)

    improved, of_mean = found.improved, found.of_mean
    if improved is not None:
        weights, fitted = cut(improved.weights, 1), cut(improved.fitted, 1)
        improved = improved._replace(weights=weights, fitted=fitted)
    return found._replace(
        old=tuple(cut(part, 0) for part in found.old),
        actions=cut(found.actions, 1),
        q_values=cut(found.q_values, 1),
        improved=improved,
        of_mean=None if of_mean is None else cut(of_mean, 0),
    )


def share(problem: Problem, batch) -> Tensor | None:
    """Returns how much each state counts in means over states, shape [B]; None: 1.

    Terminal states count for nothing, the others alike, so that the mean is 1. Replay
    does not know how an episode ended whose last state begins a sequence: that state
    counts for nothing either.

    Args:
      problem: the run's constants.
      batch: what `trained` returned.
    """
    if problem.recipe.improvement.states == "all":
        return None
    counts = torch.cat([batch.valid[:, :1], batch.continues], dim=1)
    return (counts / counts.mean().clamp(min=1 / counts.numel())).flatten()
