"""Multipliers: their parametrisation and the direction in which they move."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from mpo_repro.mpo import multipliers


@given(st.floats(1e-6, 1e4))
def test_a_parameter_gives_its_multiplier_back(value):
    parameter = torch.tensor(multipliers.parameter_for(value))
    assert float(multipliers.positive(parameter)) == pytest.approx(value, rel=1e-5)


@given(st.floats(-1e6, 1e6))
def test_multipliers_are_positive_and_finite(parameter):
    value = multipliers.positive(torch.tensor(parameter))
    assert torch.isfinite(value)
    assert value >= multipliers.SMALLEST


def test_at_the_lowest_parameter_a_gradient_still_leads_out():
    parameter = torch.tensor(multipliers.LOWEST_PARAMETER, requires_grad=True)
    multipliers.positive(parameter).backward()
    assert parameter.grad > 0


def test_below_the_lowest_parameter_nothing_changes():
    lowest, below = (torch.tensor(multipliers.LOWEST_PARAMETER - x) for x in (0, 9))
    assert torch.equal(multipliers.positive(below), multipliers.positive(lowest))


def test_a_broken_bound_raises_its_multiplier():
    alpha = torch.tensor(2.0, requires_grad=True)
    kl = torch.tensor([0.1, 0.5], requires_grad=True)
    loss = multipliers.loss(alpha, 0.1, kl)
    assert_close(loss.detach(), torch.tensor(2 * (0.1 - 0.3)))
    slope, through_kl = torch.autograd.grad(loss, (alpha, kl), allow_unused=True)
    assert_close(slope, torch.tensor(-0.2))  # descent makes alpha grow
    assert through_kl is None


def test_each_transform_by_hand():
    zero = torch.tensor(0.0, dtype=torch.float64)
    for transform, known in (("softplus", math.log(2)), ("exp", 1.0)):
        found = multipliers.positive(zero, transform)
        assert float(found) == pytest.approx(known + multipliers.SMALLEST, rel=1e-12)
        parameter = multipliers.parameter_for(known + multipliers.SMALLEST, transform)
        assert parameter == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("transform", ["softplus", "exp"])
def test_a_floor_and_a_cap_are_those_of_the_multiplier(transform):
    limits = multipliers.limits(0.5, 20.0, transform, 10.0)
    found = multipliers.positive(torch.tensor(limits), transform, 10.0)
    assert_close(found, torch.tensor([0.5, 20.0]))


def test_without_a_floor_and_a_cap_parameters_end_where_gradients_do():
    lowest = multipliers.LOWEST_PARAMETER
    assert multipliers.limits(None, None, "softplus", 1.0) == (lowest, None)
    assert multipliers.limits(1e-30, None, "exp", 1.0)[0] >= lowest


def test_a_scale_stretches_what_a_step_does():
    parameter = torch.tensor(0.0, requires_grad=True)
    found = multipliers.positive(parameter, "exp", 5.0)
    assert_close(found.detach(), torch.tensor(5.0))
    assert_close(torch.autograd.grad(found, parameter)[0], torch.tensor(5.0))
    parameter = torch.tensor(multipliers.parameter_for(3.0, "softplus", 5.0))
    assert_close(multipliers.positive(parameter, "softplus", 5.0), torch.tensor(3.0))


def test_each_dimension_has_its_own_multiplier():
    alpha = torch.tensor([2.0, 5.0], requires_grad=True)
    kl = torch.tensor([[0.1, 0.0], [0.5, 0.1], [0.3, 0.2]])  # [B, A]
    loss = multipliers.loss(alpha, 0.2, kl)
    assert_close(loss.detach(), torch.tensor(2 * (0.2 - 0.3) + 5 * (0.2 - 0.1)))
    (slope,) = torch.autograd.grad(loss, alpha)
    assert_close(slope, torch.tensor([-0.1, 0.1]))


def test_a_multiplier_of_next_to_nothing_has_a_parameter_at_every_scale():
    known = math.log(1.6e-8)
    for scale in (1.0, 100.0):
        found = multipliers.parameter_for(1e-12, "exp", scale)
        assert found == pytest.approx(known, rel=1e-12)
