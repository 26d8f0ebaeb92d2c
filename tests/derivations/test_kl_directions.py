"""The two trust regions: closed forms, limits, and that bugs turn the check red."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from mpo_repro.derivations import kl_directions, registry
from mpo_repro.derivations.instances import F64, generator, normal
from mpo_repro.mpo import categorical


def draw(seed, actions=5):
    source = generator(seed)
    values, logits = normal((1, actions), source), 0.3 * normal((1, actions), source)
    return values, logits.log_softmax(-1)


def test_it_holds_and_is_complete():
    found = registry.run("kl-directions")
    assert found.passed, found
    assert found.steps and found.assumptions and found.latex
    ours, theirs, limit = (series["y"] for series in found.figure["series"])
    assert ours == sorted(ours) and theirs == sorted(theirs)
    assert ours[0] == pytest.approx(limit[0], rel=0.02)
    assert theirs[0] == pytest.approx(limit[0], rel=0.02)


def test_a_reversed_kl_turns_it_red(monkeypatch):
    kl = categorical.kl
    monkeypatch.setattr(categorical, "kl", lambda one, two: kl(two, one))
    assert not registry.run("kl-directions").passed


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), epsilon=st.sampled_from([1e-3, 0.03, 0.3, 2.0]))
def test_nothing_inside_the_bound_gains_more(seed, epsilon):
    q_values, log_policy = draw(seed)
    best = kl_directions.trust_region_policy(q_values, log_policy, epsilon)
    assert_close(categorical.kl(log_policy, best).item(), epsilon, rtol=1e-6, atol=0)
    gain = (best.exp() * q_values).sum()
    others = (best + 0.1 * normal((200, 5), generator(seed))).log_softmax(-1)
    inside = categorical.kl(log_policy, others) <= epsilon
    gains = (others.exp() * q_values).sum(-1)
    assert (gains[inside] <= gain + 1e-12).all()


def test_under_trpos_direction_no_action_is_given_up():
    q_values = torch.tensor([[0.0, 1.0, 5.0]], dtype=F64)
    log_policy = torch.full((1, 3), 1 / 3, dtype=F64).log()
    theirs = kl_directions.trust_region_policy(q_values, log_policy, 1.0)
    ours = kl_directions.e_step_policy(q_values, log_policy, 1.0)
    assert theirs.min() > ours.min() + 1
