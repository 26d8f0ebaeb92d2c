"""q as the policy itself: parametric MPO, and without bounds the policy gradient.

Source: P1, Alg. 3 and Appendix D.4; the gradients with an entropy bonus are those that
P1 compares with (Sec. 5.1).
"""

from torch import Tensor

from mpo_repro.mpo import networks, parametric
from mpo_repro.mpo.e_step import by_share
from mpo_repro.training.improvement import trust_region
from mpo_repro.training.improvement.nonparametric import gaussian_metrics
from mpo_repro.training.problem import Problem


def improve(problem: Problem, policy: Tensor, values, settings, found, batch):
    """Returns the loss of policy and multipliers; arguments as `nonparametric`."""
    improvement = problem.recipe.improvement
    new = networks.policy(problem.policy, policy, batch.observations.flatten(0, 1))
    old = type(new)(*found.old)
    sampler = old
    if improvement.actions == "current":
        sampler = type(new)(*(part.detach() for part in new))
    worth = found.q_values
    if improvement.objective == "advantage":
        worth = parametric.advantages(worth)
    elif improvement.objective == "above_mean":
        worth = parametric.above_mean(worth, found.of_mean)
    used = 1 if improvement.gradient_actions == "one" else len(worth)
    terms = parametric.improvement(
        new, old, found.actions[:used], worth[:used], sampler
    )
    terms = type(terms)(*(by_share(part, found.share) for part in terms))
    price = trust_region.prices(values, settings)
    loss = parametric.lagrangian(terms, price.mean, price.covariance)
    entropy = by_share(new.entropy(), found.share).mean()
    dual, metrics = trust_region.dual_loss(
        values, settings, trust_region.Parts(terms.kl_mean, terms.kl_covariance)
    )
    metrics |= {"policy_loss": loss, "entropy": entropy} | gaussian_metrics(new)
    return loss - settings["entropy_scale"] * entropy + dual, metrics
