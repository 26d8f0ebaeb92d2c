"""Activations against torch's own, in value and in gradient."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from mpo_repro.mpo import activations

REFERENCE = {"elu": functional.elu, "relu": functional.relu, "tanh": torch.tanh}
EXTREMES = torch.tensor([-1e30, -200.0, -90.0, -1e-4, -0.0, 0.0, 1e-4, 90.0, 1e30])


@pytest.mark.parametrize("name", activations.BY_NAME)
@pytest.mark.parametrize("inputs", [torch.linspace(-12, 12, 4801), EXTREMES])
def test_value_and_gradient_are_those_of_torch(name, inputs):
    ours, theirs = (inputs.clone().requires_grad_() for _ in range(2))
    result, expected = activations.BY_NAME[name](ours), REFERENCE[name](theirs)
    assert_close(result, expected, atol=2e-7, rtol=0)
    result.sum().backward()
    expected.sum().backward()
    assert_close(ours.grad, theirs.grad, atol=4e-7, rtol=0)
