"""Methods of policy improvement, chosen by name: from targets to a loss."""

from mpo_repro.training.improvement import categorical, nonparametric, parametric

# (problem, policy, multipliers, settings, targets, batch) -> (loss, diagnostics)
METHODS = {
    "nonparametric": nonparametric.improve,
    "parametric": parametric.improve,
    "categorical": categorical.improve,
}
_WEIGHTS = {
    "nonparametric": nonparametric.improved_weights,
    "categorical": categorical.improved_weights,
}


def improved_weights(problem, duals, settings, old, q_values):
    """Returns q over the sampled actions, or all, at every state, shape [M, B].

    Args:
      problem: the run's constants.
      duals: the vector of multipliers.
      settings: numbers of policy improvement, scalars.
      old: pi_i at the states.
      q_values: target-critic values of the actions, shape [M, B].
    """
    weights = _WEIGHTS[problem.recipe.improvement.method]
    return weights(problem, duals, settings, old, q_values)
