"""Bounds of actions, by hand."""

import torch
from torch.testing import assert_close

from mpo_repro.mpo import actions


def test_each_bound_by_hand():
    drawn = torch.tensor([[-3.0, -1.0, 0.25], [1.0, 7.0, 0.0]])
    known = torch.tensor([[-1.0, -1.0, 0.25], [1.0, 1.0, 0.0]])
    assert_close(actions.BOUNDS["clip"](drawn), known)
    squashed = (drawn.exp() - (-drawn).exp()) / (drawn.exp() + (-drawn).exp())
    assert_close(actions.BOUNDS["tanh"](drawn), squashed)
