"""One step of Proposition 3, over sizes, scales and kinds of parameters."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mpo_repro.derivations import joint_improvement as joint
from mpo_repro.derivations import tabular

QUICK = settings(max_examples=15, deadline=None)
SEEDS = st.integers(0, 10**6)
SIZES = st.tuples(st.integers(1, 4), st.integers(1, 4))
SCHEMES = (
    joint.PRINTED,
    joint.Scheme(full=False, visits_of_q=True),
    joint.Scheme(full=True, visits_of_q=False),
    joint.CORRECTED,
)


@QUICK
@given(SEEDS, SIZES, st.sampled_from([None, 1, 3]), st.sampled_from([1.0, 20.0]))
def test_the_corrected_slope_is_the_gain(seed, size, shared, sharpness):
    problem = joint.random(seed, 4, 0.3, sharpness, shared, size)
    slope, gain = joint.slope(problem, joint.CORRECTED)
    assert torch.allclose(slope, gain, rtol=1e-6, atol=1e-12)


@QUICK
@given(SEEDS, st.sampled_from([1e-6, 1.0, 1e6]))
def test_the_slope_scales_with_the_rewards(seed, scale):
    problem = joint.random(seed, 4, 0.3, 5.0)
    mdp = problem.mdp._replace(rewards=scale * problem.mdp.rewards)
    scaled = problem._replace(mdp=mdp, alpha=scale * problem.alpha)
    for scheme in SCHEMES:
        slope, gain = joint.slope(problem, scheme)
        other, other_gain = joint.slope(scaled, scheme)
        assert torch.allclose(scale * gain, other_gain, rtol=1e-6)
        largest = slope.abs().max()
        assert (other / scale - slope).abs().max() < 1e-6 * largest


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_slope_is_the_limit_of_small_steps(scheme):
    problem = joint.random(3, 20, 0.3, 5.0)
    slope, gain = joint.slope(problem, scheme)
    difference = joint.change(problem, scheme, 1e-6) / 1e-6
    assert ((difference - slope).abs() / gain).max() < 1e-3


def test_one_action_leaves_nothing_to_improve():
    problem = joint.random(1, 4, 0.3, 1.0, size=(3, 1))
    for scheme in SCHEMES:
        assert joint.direction(problem, scheme).abs().max() == 0
        assert joint.change(problem, scheme, 0.1).abs().max() == 0


def test_a_tabular_policy_needs_only_the_regularised_e_step():
    scheme = joint.Scheme(full=True, visits_of_q=False)
    problem = joint.random(5, 300, 0.1, 20.0)
    policy = problem.policy()
    q = joint.e_step(problem, policy, scheme)
    of_pi = tabular.visits(problem.mdp, policy)
    of_q = tabular.visits(problem.mdp, q)
    distance = (q - policy).square().sum(-1)
    expected = problem.alpha * (of_pi * of_q * distance).sum(-1)
    slope, _ = joint.slope(problem, scheme)
    assert torch.allclose(slope, expected, rtol=1e-6)
    assert (slope > 0).all()
