"""The certificates of Proposition 3, and the counterexample followed by hand."""

import math

import pytest
import torch

from mpo_repro.derivations import joint_improvement as joint
from mpo_repro.derivations import (
    monotone_improvement,
    monotone_proof,
    monotone_rarity,
    tabular,
)
from mpo_repro.mpo import e_step, retrace


def test_the_certificate_passes():
    found = monotone_improvement.monotone_improvement()
    assert found.passed
    assert found.worst_error < 1e-10
    printed, corrected = found.figure["series"]
    assert all(value < 0 for value in printed["y"])
    assert all(value > 0 for value in corrected["y"])


def test_the_proof_s_certificate_passes():
    found = monotone_proof.monotone_proof()
    assert found.passed
    assert found.worst_error < 1e-10


def test_no_combination_but_both_repairs_helps_always():
    counts, worst = monotone_rarity.count_losses(count=400)
    kind = "3 shared parameters, near-deterministic"
    assert counts["as printed", kind, 0.1] > 20
    assert counts["visits of q_i only", kind, 0.1] > 5
    assert counts["regularised E-step only", kind, 0.1] > 5
    tabular_kinds = [name for name, _, shared in monotone_rarity.KINDS if not shared]
    for alpha in monotone_rarity.ALPHAS:
        for name in tabular_kinds:
            assert counts["regularised E-step only", name, alpha] == 0
        for name, *_ in monotone_rarity.KINDS:
            assert counts["both", name, alpha] == 0
    assert worst < 1e-10


@pytest.mark.slow
def test_the_rarity_certificate_passes():
    assert monotone_rarity.monotone_rarity().passed


def test_two_states_by_hand():
    problem = monotone_improvement.two_states()
    policy = problem.policy()
    values = tabular.values(problem.mdp, policy)[0]
    # V1 = 0.9 (-1 + 0.9 V0) + 0.1 (1 + 0.9 V1), V0 = 0.45 (V0 + V1).
    v1 = -0.8 / (0.91 - 0.81 * 0.45 / 0.55)
    assert values[1].item() == pytest.approx(v1)
    assert values[0].item() == pytest.approx(0.45 / 0.55 * v1)
    q = joint.e_step(problem, policy, joint.PRINTED)[0]
    odds = math.exp(0.9 * (values[1] - values[0]).item() / 0.2)
    assert (q[0, 0] / q[0, 1]).item() == pytest.approx(odds)
    assert q[0, 0] < 0.2 and q[1, 1] > 0.98
    changes = [
        joint.change(problem, joint.PRINTED, step).item()
        for step in monotone_improvement.STEPS
    ]
    assert max(changes) < 0


def reversed_weights(q_values, temperature):
    return torch.softmax(-q_values / temperature, dim=0)


def undiscounted(rewards, discounts, values, q_values, log_ratios, valid):
    return rewards + values[:, 1:]


@pytest.mark.parametrize(
    "check",
    [monotone_improvement.monotone_improvement, monotone_proof.monotone_proof],
)
def test_bugs_turn_them_red(monkeypatch, check):
    monkeypatch.setattr(e_step, "weights", reversed_weights)
    assert not check().passed
    monkeypatch.undo()
    monkeypatch.setattr(retrace, "retrace", undiscounted)
    assert not check().passed
