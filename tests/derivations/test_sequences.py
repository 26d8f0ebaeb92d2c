"""Retrace on enumerated sequences against linear algebra."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mpo_repro.derivations import instances, sequences, tabular

QUICK = settings(max_examples=40, deadline=None)
SEEDS = st.integers(0, 2**31 - 1)


def problem(seed, states, actions, discount, absorbing, scale=1.0):
    source = instances.generator(seed)
    mdp = tabular.random(source, 2, (states, actions), discount)
    mdp = mdp._replace(rewards=scale * mdp.rewards)
    shape = (2, states, actions)
    policy = tabular.random_policies(source, shape, 3.0)
    behaviour = tabular.random_policies(source, shape, 3.0)
    table = scale * instances.normal(shape, source)
    return sequences.Problem(mdp, policy, behaviour, absorbing), table


@QUICK
@given(
    SEEDS,
    st.integers(2, 3),
    st.integers(1, 2),
    st.integers(1, 3),
    st.sampled_from([0.0, 0.5, 0.99]),
    st.booleans(),
    st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_targets_are_the_exact_operator(seed, S, K, length, discount, absorbing, scale):
    given_, table = problem(seed, S, K, discount, absorbing, scale)
    batch = sequences.enumerated(given_, length)
    found = sequences.operator(given_, batch, table)
    expected = sequences.exact_operator(given_, table, length)
    where = slice(None, -1) if absorbing else slice(None)
    assert torch.allclose(found[:, where], expected[:, where], atol=1e-9 * scale)


@QUICK
@given(SEEDS, st.integers(1, 3), st.sampled_from([0.5, 0.9]), st.booleans())
def test_two_tables_come_closer_by_the_discount(seed, length, discount, absorbing):
    given_, table = problem(seed, 3, 2, discount, absorbing)
    other = instances.normal(table.shape, instances.generator(seed // 2))
    batch = sequences.enumerated(given_, length)
    moved = sequences.operator(given_, batch, table)
    difference = (moved - sequences.operator(given_, batch, other)).abs().amax((1, 2))
    before = (table - other).abs().amax((1, 2))
    assert (difference <= discount * before + 1e-9).all()


def test_probabilities_of_all_sequences_add_up_to_one_for_each_first_pair():
    given_, _ = problem(1, 3, 2, 0.9, False)
    batch = sequences.enumerated(given_, 3)
    assert torch.allclose(batch.probability.sum(-1), torch.tensor(6.0).double())


def test_what_follows_an_absorbing_state_does_not_count():
    given_, table = problem(2, 3, 2, 0.9, True)
    batch = sequences.enumerated(given_, 3)
    other = table.clone()
    other[:, -1] += 1000
    first = sequences.operator(given_, batch, table)[:, :-1]
    assert torch.allclose(first, sequences.operator(given_, batch, other)[:, :-1])


def test_the_left_eigenvector_of_a_stochastic_matrix():
    matrix = torch.rand(4, 5, 5, dtype=tabular.F64)
    matrix /= matrix.sum(-1, keepdim=True)
    left = sequences.stationary(matrix)
    assert torch.allclose(torch.einsum("ri,rij->rj", left, matrix), left)
    assert torch.allclose(left.sum(-1), torch.ones(4).double())
