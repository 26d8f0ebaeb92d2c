"""The certificate of Retrace, and that bugs in training's Retrace turn it red."""

import math

import pytest
import torch

from mpo_repro.derivations import retrace_operator as subject
from mpo_repro.mpo import retrace


def test_the_certificate_passes():
    certificate = subject.retrace_operator()
    assert certificate.passed
    assert certificate.errata == ("E4",)
    printed, corrected, truth = certificate.figure["series"]
    assert printed["y"][-1] > 3 * truth["y"][-1]
    assert corrected["y"][-1] == pytest.approx(truth["y"][-1], rel=0.01)
    differences = torch.tensor(printed["y"]).diff().tolist()
    assert differences[-1] == pytest.approx(differences[-10], rel=0.01)


def unclipped(rewards, discounts, values, q_values, log_ratios, valid):
    traces = log_ratios.exp() * valid
    return retrace._recursion(rewards, discounts, values, traces, q_values)


def without_valid(rewards, discounts, values, q_values, log_ratios, valid):
    traces = log_ratios.clamp(max=0).exp()
    return retrace._recursion(rewards, discounts, values, traces, q_values)


def with_state_values(rewards, discounts, values, q_values, log_ratios, valid):
    traces = log_ratios.clamp(max=0).exp() * valid
    return retrace._recursion(rewards, discounts, values, traces, values[:, :-1])


def undiscounted(rewards, discounts, values, q_values, log_ratios, valid):
    traces = log_ratios.clamp(max=0).exp() * valid
    return retrace._recursion(rewards, discounts.sign(), values, traces, q_values)


@pytest.mark.parametrize(
    "bug", [unclipped, with_state_values, undiscounted, without_valid]
)
def test_a_bug_in_retrace_turns_it_red(monkeypatch, bug):
    monkeypatch.setitem(retrace.METHODS, "retrace", bug)
    assert not subject.retrace_operator().passed


def test_no_growth_where_the_average_reward_is_zero():
    source = torch.Generator().manual_seed(1)
    problem = subject.draw(source, 0.9, "random")
    mdp = problem.mdp._replace(rewards=torch.zeros_like(problem.mdp.rewards))
    growth, error, norm = subject.printed(problem._replace(mdp=mdp))
    assert growth < 1e-12
    assert error < 1e-12
    assert math.isclose(norm, 1.0, abs_tol=1e-12)
