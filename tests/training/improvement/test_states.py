"""States that count for nothing: improvement without them is the same."""

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.training.improvement import METHODS

LEFT_OUT = torch.tensor([1, 4])
CASES = {
    "default": ("default", {}),
    "paper": ("paper", {}),
    "per-dimension": ("default", {"improvement.per_dimension": True}),
    "joint": (
        "paper",
        {
            "improvement.epsilon_mean": None,
            "improvement.epsilon_covariance": None,
            "improvement.epsilon_joint": 0.1,
            "multipliers.alpha_mean": None,
            "multipliers.alpha_covariance": None,
            "multipliers.alpha_joint": 10.0,
        },
    ),
    "prior": (
        "paper",
        {
            "improvement.epsilon_mean": None,
            "improvement.epsilon_covariance": None,
            "multipliers.alpha_mean": None,
            "multipliers.alpha_covariance": None,
            "improvement.prior_precision": 3.0,
        },
    ),
    "parametric": ("paper-parametric", {}),
    "entropy": ("epg", {}),
    "one sample": ("pg-one-sample", {}),
    "categorical": ("categorical", {}),
}


def fewer(one, kept):
    """What `improve` is given, at some of the states only."""
    constants, vector, values, settings, found, batch = one.given
    improved = found.improved and found.improved._replace(
        weights=found.improved.weights[:, kept], fitted=found.improved.fitted[:, kept]
    )
    found = found._replace(
        old=tuple(part[kept] for part in found.old),
        actions=found.actions[:, kept] if found.actions.dim() == 3 else found.actions,
        q_values=found.q_values[:, kept],
        of_mean=None if found.of_mean is None else found.of_mean[kept],
        improved=improved,
    )
    batch = type(batch)(observations=batch.observations[:, kept])
    return constants, vector, values, settings, found, batch


@pytest.mark.parametrize("name", CASES)
def test_a_share_of_nothing_is_a_state_that_is_not_there(case, name):
    recipe, changes = CASES[name]
    one = case(recipe, changes, 5 if name == "categorical" else None)
    constants, vector, values, settings, found, batch = one.given
    count = found.q_values.shape[1]
    if constants.recipe.improvement.method == "parametric":
        found = found._replace(of_mean=torch.linspace(-1, 1, count))
        one.given = constants, vector, values, settings, found, batch
    kept = torch.ones(count, dtype=torch.bool)
    kept[LEFT_OUT] = False
    share = kept * count / kept.sum()
    improve = METHODS[constants.recipe.improvement.method]
    shared = found._replace(share=share)
    loss, metrics = improve(constants, vector, values, settings, shared, batch)
    known, expected = improve(*fewer(one, kept))
    whole, _ = improve(*one.given)
    assert_close(loss, known)
    at = [vector, *([one.duals] if len(one.values) else [])]
    slopes = torch.autograd.grad(loss, at, retain_graph=True)
    of_all = torch.autograd.grad(whole, at, retain_graph=True)
    assert all((a - b).abs().max() > 1e-5 for a, b in zip(slopes, of_all, strict=True))
    for found_slope, known_slope in zip(
        slopes, torch.autograd.grad(known, at), strict=True
    ):
        assert_close(found_slope, known_slope, rtol=1e-4, atol=1e-6)
    for key in metrics.keys() & {"kl_q_relative", "kl_joint", "kl_mean_relative"}:
        assert_close(metrics[key], expected[key], rtol=1e-4, atol=1e-6)
