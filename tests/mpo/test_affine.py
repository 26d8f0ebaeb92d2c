"""The quick product against torch.matmul."""

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.mpo import affine as module
from mpo_repro.mpo.affine import affine


@pytest.mark.parametrize("shape", [(3,), (1, 3), (70, 3), (40, 2, 3), (0, 3)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_with_and_without_gradients_it_is_the_matrix_product(shape, dtype):
    inputs = torch.randn(*shape, dtype=dtype)
    weight, bias = torch.randn(3, 4, dtype=dtype), torch.randn(4, dtype=dtype)
    known = inputs @ weight + bias
    assert_close(affine(inputs, weight, bias), known)
    with torch.no_grad():
        assert_close(affine(inputs, weight, bias), known)
        again = affine(inputs, weight, bias)
        assert torch.equal(again, affine(inputs, weight, bias))


def test_views_of_a_flat_vector_and_strided_inputs_are_read_right():
    vector = torch.randn(5 + 12 + 4)
    weight, bias = vector[5:17].view(3, 4), vector[17:]
    inputs = torch.randn(60, 9, 8)[::2, 1:8:2, 2:5]
    with torch.no_grad():
        assert_close(affine(inputs, weight, bias), inputs @ weight + bias)


def test_over_runs_it_is_each_runs_product():
    inputs, weight = torch.randn(3, 70, 2), torch.randn(3, 2, 4)
    shared = torch.randn(4)
    with torch.no_grad():
        found = torch.vmap(affine, in_dims=(0, 0, None))(inputs, weight, shared)
    assert_close(found, inputs @ weight + shared)


def test_gradients_are_those_of_the_product():
    inputs, weight = torch.randn(64, 3), torch.randn(3, 4, requires_grad=True)
    bias = torch.zeros(4, requires_grad=True)
    affine(inputs, weight, bias).sum().backward()
    assert_close(weight.grad, inputs.sum(0).unsqueeze(1).expand(3, 4))
    assert_close(bias.grad, torch.full((4,), 64.0))


def test_whatever_dimension_counts_the_runs():
    inputs, weight = torch.randn(70, 2, 3), torch.randn(2, 4, 3)
    bias = torch.randn(4, 3)
    with torch.no_grad():
        found = torch.vmap(affine, in_dims=(2, 2, 1))(inputs, weight, bias)
    for run in range(3):
        known = inputs[..., run] @ weight[..., run] + bias[:, run]
        assert_close(found[run], known)


@pytest.mark.skipif(not module.ONEDNN, reason="this torch has no oneDNN")
@pytest.mark.parametrize("rows", [(64,), (8, 8), (63,), (7, 9)])
def test_the_quick_route_is_for_many_rows_without_gradient(monkeypatch, rows):
    taken = []
    monkeypatch.setattr(module, "_onednn", lambda *given: taken.append(given))
    given = torch.randn(*rows, 3), torch.randn(3, 4), torch.zeros(4)
    assert affine(*given) is not None and not taken
    with torch.no_grad():
        affine(*given)
    assert len(taken) == (given[0].numel() >= 64 * 3)
