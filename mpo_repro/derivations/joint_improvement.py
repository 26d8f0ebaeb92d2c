"""The alternation of Proposition 3 on tabular MDPs, as printed and as corrected.

One step takes q_i from an E-step, then theta_{i+1} = theta_i - beta g with g the
gradient of f(theta) = E[sum_t gamma^t KL(q_i || pi_theta)]. The forms differ in which Q
the E-step sees and in whose visits weigh the states of f; a `Scheme` says both.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.derivations import instances, tabular


class Scheme(NamedTuple):
    """Which alternation is meant.

    full: whether q maximises V_alpha^{pi, q} itself (Q follows q, regularised), rather
      than one application of the operator to V^pi.
    visits_of_q: whether f weighs the states with the visits of q, rather than of pi.
    """

    full: bool
    visits_of_q: bool


PRINTED = Scheme(full=False, visits_of_q=False)
CORRECTED = Scheme(full=True, visits_of_q=True)


class Problem(NamedTuple):
    """R MDPs with softmax policies of D parameters.

    mdp: the MDPs; features: of the logits, shape [R, S, K, D]; parameters: theta_i,
    shape [R, D]; alpha: scalar, in units of return.
    """

    mdp: tabular.Mdp
    features: Tensor
    parameters: Tensor
    alpha: Tensor

    def policy(self, parameters: Tensor | None = None) -> Tensor:
        """Returns pi_theta, shape [R, S, K]."""
        parameters = self.parameters if parameters is None else parameters
        logits = torch.einsum("rskd,rd->rsk", self.features, parameters)
        return logits.softmax(-1)

    def select(self, chosen: Tensor) -> "Problem":
        """Returns the problems at these places along R."""
        mdp = tabular.Mdp(
            self.mdp.transitions[chosen], self.mdp.rewards[chosen], self.mdp.discount
        )
        features, parameters = self.features[chosen], self.parameters[chosen]
        return Problem(mdp, features, parameters, self.alpha)


def random(
    seed: int,
    count: int,
    alpha: float,
    sharpness: float,
    shared: int | None = None,
    size: tuple[int, int] = (4, 3),
) -> Problem:
    """Draws problems.

    Args:
      seed: of a generator of its own.
      count: R.
      alpha: in units of return; rewards are standard normal.
      sharpness: of the transitions, see `tabular.random`.
      shared: how many parameters all states share; None gives each (s, a) its own.
      size: S and K.
    """
    source = instances.generator(seed)
    mdp = tabular.random(source, count, size, sharpness=sharpness)
    pairs = size[0] * size[1]
    if shared is None:
        own = torch.eye(pairs, dtype=tabular.F64).reshape(*size, pairs)
        features = own.expand(count, -1, -1, -1)
    else:
        features = instances.normal((count, *size, shared), source)
    parameters = instances.normal((count, features.shape[-1]), source)
    return Problem(mdp, features, parameters, torch.tensor(alpha, dtype=tabular.F64))


def e_step(problem: Problem, policy: Tensor, scheme: Scheme) -> Tensor:
    """Returns q_i, shape [R, S, K]."""
    if scheme.full:
        return tabular.best_regularised(problem.mdp, policy, problem.alpha)
    q_values = tabular.action_values(problem.mdp, policy)
    return tabular.improved(q_values, policy, problem.alpha)


def regularised_values(problem: Problem, policy: Tensor, q: Tensor) -> Tensor:
    """Returns V_alpha^{pi, q}, shape [R, S]."""
    rewards = tabular.regularised(problem.mdp, policy, q, problem.alpha)
    return tabular.values(problem.mdp, q, rewards)


def objective(problem: Problem, parameters: Tensor, scheme: Scheme) -> Tensor:
    """Returns J(theta, q(theta)) = V_alpha^{pi, q}(x_0), shape [R]."""
    policy = problem.policy(parameters)
    q = e_step(problem, policy, scheme)
    return regularised_values(problem, policy, q)[..., 0]


def functional(problem: Problem, parameters: Tensor, scheme: Scheme) -> Tensor:
    """Returns f(theta) with q_i and the state weights held at theta_i, shape [R]."""
    old = problem.policy()
    q = e_step(problem, old, scheme)
    weights = tabular.visits(problem.mdp, q if scheme.visits_of_q else old)
    return (weights * tabular.kl(q, problem.policy(parameters))).sum(-1)


def direction(problem: Problem, scheme: Scheme) -> Tensor:
    """Returns g, the gradient of f at theta_i, shape [R, D]."""
    return gradient(lambda theta: functional(problem, theta, scheme), problem)


def gradient(function, problem: Problem) -> Tensor:
    """Returns the gradient at theta_i of a function [R, D] -> [R], shape [R, D]."""
    parameters = problem.parameters.clone().requires_grad_()
    return torch.autograd.grad(function(parameters).sum(), parameters)[0]


def slope(problem: Problem, scheme: Scheme) -> tuple[Tensor, Tensor]:
    """Returns d J / d beta at beta = 0, and alpha ||g||^2, both of shape [R].

    The first is the limit of (J_{i+1} - J_i) / beta, differentiated exactly.
    """
    g = direction(problem, scheme)
    of_objective = gradient(lambda theta: objective(problem, theta, scheme), problem)
    return -(of_objective * g).sum(-1), problem.alpha * g.square().sum(-1)


def change(problem: Problem, scheme: Scheme, step: float) -> Tensor:
    """Returns J(theta_{i+1}, q_{i+1}) - J(theta_i, q_i) at step beta, shape [R]."""
    old = problem.parameters
    new = old - step * direction(problem, scheme)
    with torch.no_grad():
        after = objective(problem, new, scheme)
        return after - objective(problem, old, scheme)
