"""All sequences of T steps of small MDPs, as the replay would hand them to Retrace.

With every sequence and its probability written out, the expectation of the targets that
training computes is exact: an operator on tables Q'(s, a).
"""

import itertools
from typing import NamedTuple

import torch
from torch import Tensor

from mpo_repro.derivations import tabular
from mpo_repro.mpo import retrace


class Problem(NamedTuple):
    """R problems of policy evaluation from the data of another policy.

    mdp: the MDPs; if `absorbing`, entering the last state terminates an episode.
    policy: pi, and behaviour: b, both of shape [R, S, K].
    """

    mdp: tabular.Mdp
    policy: Tensor
    behaviour: Tensor
    absorbing: bool = False


class Batch(NamedTuple):
    """Every sequence (s_0, a_0, ..., s_T): J of them, the same for all R problems.

    states: [J, T + 1]; actions: [J, T]; probability: given (s_0, a_0), shape [R, J];
    valid and continues: 1 where step t is a transition, and where it does not
    terminate, shape [J, T].
    """

    states: Tensor
    actions: Tensor
    probability: Tensor
    valid: Tensor
    continues: Tensor


def enumerated(problem: Problem, length: int) -> Batch:
    """Lists all sequences of `length` = T transitions with their probabilities."""
    _, size, actions, _ = problem.mdp.transitions.shape
    ranges = [range(size), range(actions)] * length + [range(size)]
    table = torch.tensor(list(itertools.product(*ranges)))
    states, chosen = table[:, ::2], table[:, 1::2]
    moves = problem.mdp.transitions[:, states[:, :-1], chosen, states[:, 1:]]
    choices = problem.behaviour[:, states[:, 1:-1], chosen[:, 1:]]
    valid = torch.ones_like(chosen, dtype=tabular.F64)
    continues = valid.clone()
    if problem.absorbing:
        valid[states[:, :-1] == size - 1] = 0
        continues[states[:, 1:] == size - 1] = 0
    probability = moves.prod(-1) * choices.prod(-1)
    return Batch(states, chosen, probability, valid, continues)


def operator(
    problem: Problem,
    batch: Batch,
    q_values: Tensor,
    bootstrap: float | None = None,
    method: str = "retrace",
) -> Tensor:
    """Applies a target of training to a table once, in expectation.

    Args:
      problem: R problems.
      batch: all sequences.
      q_values: Q', shape [R, S, K].
      bootstrap: factor of E_pi Q'(s_{t+1}) in Eq. 13: None for the discount; 1 is what
        is printed (E4). The difference is added to the reward, so that both pass
        through the same function of training.
      method: of `retrace.METHODS`.

    Returns:
      The expected target of (s_0, a_0), shape [R, S, K].
    """
    mdp = problem.mdp
    factor = mdp.discount if bootstrap is None else bootstrap
    before, actions = batch.states[:, :-1], batch.actions
    table = (problem.policy * q_values).sum(-1)  # [R, S]
    state_values = table[:, batch.states]  # [R, J, T + 1]
    continues = batch.continues.expand(len(table), -1, -1)
    extra = (factor - mdp.discount) * continues * state_values[..., 1:]
    ratios = problem.policy.log() - problem.behaviour.log()
    targets = retrace.METHODS[method](
        rewards=(mdp.rewards[:, before, actions] + extra).flatten(0, 1),
        discounts=(mdp.discount * continues).flatten(0, 1),
        values=state_values.flatten(0, 1),
        q_values=q_values[:, before, actions].flatten(0, 1),
        log_ratios=ratios[:, before, actions].flatten(0, 1),
        valid=batch.valid.expand_as(continues).flatten(0, 1),
    )
    first = targets[:, 0].reshape(batch.probability.shape) * batch.probability
    size, count = q_values.shape[1:]
    where = batch.states[:, 0] * count + actions[:, 0]
    result = torch.zeros(len(first), size * count, dtype=first.dtype)
    return result.index_add(1, where, first).reshape(q_values.shape)


def matrix(
    problem: Problem,
    batch: Batch,
    bootstrap: float | None = None,
    method: str = "retrace",
) -> tuple[Tensor, Tensor]:
    """Returns an operator as B Q + c: B [R, SK, SK] and c [R, SK].

    Read off by applying it to zero and to each unit table.
    """
    shape = problem.policy.shape
    pairs = shape[1] * shape[2]
    zero = torch.zeros(shape, dtype=tabular.F64)
    offset = operator(problem, batch, zero, bootstrap, method)
    columns = []
    for unit in torch.eye(pairs, dtype=tabular.F64).reshape(pairs, 1, *shape[1:]):
        table = unit.expand(shape)
        moved = operator(problem, batch, table, bootstrap, method) - offset
        columns.append(moved.flatten(1))
    return torch.stack(columns, -1), offset.flatten(1)


def true_values(problem: Problem, discount: float | None = None) -> Tensor:
    """Returns Q^pi, shape [R, S, K], by linear algebra that shares no code with mpo."""
    mdp = problem.mdp
    discount = mdp.discount if discount is None else discount
    moves = mdp.transitions.clone()
    if problem.absorbing:
        moves[..., -1] = 0
    pairs = problem.policy[0].numel()
    chain = torch.einsum("rskt,rtl->rsktl", moves, problem.policy)
    chain = chain.reshape(-1, pairs, pairs)
    matrix = torch.eye(pairs, dtype=tabular.F64) - discount * chain
    return torch.linalg.solve(matrix, mdp.rewards.flatten(1)).reshape(
        problem.policy.shape
    )


def exact_operator(problem: Problem, table: Tensor, length: int) -> Tensor:
    """Returns Q + sum_{t<T} (gamma P^{cb})^t (T^pi Q - Q), by linear algebra."""
    mdp = problem.mdp
    pairs = problem.policy[0].numel()
    moves = mdp.discount * mdp.transitions
    if problem.absorbing:
        moves = torch.cat([moves[..., :-1], torch.zeros_like(moves[..., -1:])], -1)
    kept = torch.minimum(problem.policy, problem.behaviour)  # b min(1, pi / b)
    traced = torch.einsum("rskt,rtl->rsktl", moves, kept).reshape(-1, pairs, pairs)
    following = torch.einsum("rskt,rtl->rsktl", moves, problem.policy)
    following = following.reshape(-1, pairs, pairs)
    flat = table.reshape(-1, pairs, 1)
    term = mdp.rewards.reshape(-1, pairs, 1) + following @ flat - flat
    result = flat
    for _ in range(length):
        result, term = result + term, traced @ term
    return result.reshape(table.shape)


def stationary(linear: Tensor) -> Tensor:
    """Returns the left eigenvector of eigenvalue 1 that sums to 1, shape [R, SK]."""
    size = linear.shape[-1]
    matrix = torch.eye(size, dtype=tabular.F64) - linear.mT
    matrix[:, -1] = 1
    right = torch.zeros(size, dtype=tabular.F64)
    right[-1] = 1
    return torch.linalg.solve(matrix, right.expand(len(linear), -1))
