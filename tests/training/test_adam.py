"""Adam against torch.optim.Adam."""

import torch
from torch.testing import assert_close

from mpo_repro.training import adam


def test_steps_are_those_of_torchs_adam_for_each_run_with_its_rate():
    generator = torch.Generator().manual_seed(0)
    rates = torch.tensor([1e-3, 3e-2])
    start = torch.randn(2, 11, generator=generator)
    ours, moments = start.clone(), adam.zeros(start)
    rows = [torch.nn.Parameter(row.clone()) for row in start]
    optimisers = [
        torch.optim.Adam([row], lr=float(rate))
        for row, rate in zip(rows, rates, strict=True)
    ]
    for count in range(1, 200):
        gradient = torch.randn(2, 11, generator=generator) * 10.0 ** (count % 5 - 3)
        adam.step(ours, gradient, moments, rates, count)
        for row, part, optimiser in zip(rows, gradient, optimisers, strict=True):
            row.grad = part.clone()
            optimiser.step()
    theirs = torch.stack([row.detach() for row in rows])
    assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    assert (ours - start).abs().min() > 1e-4


def test_clipping_is_torchs_for_each_run_alone():
    gradient = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    rows = [torch.nn.Parameter(torch.zeros(2)) for _ in gradient]
    for row, part in zip(rows, gradient, strict=True):
        row.grad = part.clone()
        torch.nn.utils.clip_grad_norm_([row], 1.0)
    known = torch.stack([row.grad for row in rows])
    assert_close(adam.clip(gradient, 1.0), known)
    assert_close(known[1], torch.tensor([0.3, 0.4]))
