"""Methods of policy improvement, chosen by name: from targets to a loss."""

from torch import Tensor

from mpo_repro.training.improvement import categorical, nonparametric, parametric
from mpo_repro.training.improvement.improved import ImprovedPolicy
from mpo_repro.training.problem import Problem, named, positive

__all__ = ["METHODS", "ImprovedPolicy", "improved_policy"]

# (problem, policy, multipliers, settings, targets, batch) -> (loss, diagnostics)
METHODS = {
    "nonparametric": nonparametric.improve,
    "parametric": parametric.improve,
    "categorical": categorical.improve,
}
_E_STEPS = {
    "nonparametric": nonparametric.improved_policy,
    "categorical": categorical.improved_policy,
}


def improved_policy(
    problem: Problem,
    state: dict[str, Tensor],
    settings: dict[str, Tensor],
    old,
    actions: Tensor,
    q_values: Tensor,
) -> ImprovedPolicy | None:
    """Takes the E-step: q over the sampled actions, or all, at every state.

    Args:
      problem: the run's constants.
      state: as in `update`; the multipliers are those before the update.
      settings: numbers of policy improvement, scalars.
      old: pi_i at B states.
      actions: as drawn, shape [M, B, A].
      q_values: target-critic values of the actions, shape [M, B].

    Returns:
      q; None where q is the policy itself.
    """
    method = problem.recipe.improvement.method
    if method not in _E_STEPS:
        return None
    values = positive(problem, named(problem, state["multipliers"]))
    return _E_STEPS[method](problem, values, settings, old, actions, q_values)
