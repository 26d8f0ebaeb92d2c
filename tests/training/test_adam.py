"""Adam against torch.optim.Adam."""

import torch
from torch.testing import assert_close

from mpo_repro.training import adam


def test_steps_are_those_of_torchs_adam():
    generator = torch.Generator().manual_seed(0)
    for rate in (1e-3, 3e-2):
        start = torch.randn(11, generator=generator)
        ours, moments = start, adam.zeros(start)
        theirs = torch.nn.Parameter(start.clone())
        optimiser = torch.optim.Adam([theirs], lr=rate)
        for count in range(1, 200):
            gradient = torch.randn(11, generator=generator) * 10.0 ** (count % 5 - 3)
            correction = torch.tensor(adam.corrections(count))
            ours, moments = adam.step(
                ours, gradient, moments, torch.tensor(rate), correction
            )
            theirs.grad = gradient
            optimiser.step()
        assert_close(ours, theirs.detach(), rtol=1e-5, atol=1e-6)
        assert (ours - start).abs().min() > 1e-4


def test_clipping_is_torchs():
    for gradient in ([3.0, 4.0], [0.3, 0.4], [0.0, 0.0]):
        theirs = torch.nn.Parameter(torch.zeros(2))
        theirs.grad = torch.tensor(gradient)
        torch.nn.utils.clip_grad_norm_([theirs], 1.0)
        assert_close(adam.clip(torch.tensor(gradient), 1.0), theirs.grad)
    assert_close(adam.clip(torch.tensor([0.3, 0.4]), 1.0), torch.tensor([0.3, 0.4]))
