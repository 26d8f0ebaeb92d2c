"""When and how target networks follow, by hand."""

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.training import state

FIRST, LATER = 1.0, 3.0


def refreshed(small_recipe, updates, **changes):
    """The targets of policy and critic, 1 before and 3 if they were copied."""
    given = {f"optimisation__{name}": value for name, value in changes.items()}
    how = small_recipe(**given).optimisation
    known = {name: torch.tensor([LATER]) for name in ("policy", "critic")}
    known |= {f"target_{name}": torch.tensor([FIRST]) for name in ("policy", "critic")}
    state.refresh_targets(known, updates, how)
    return [float(known[f"target_{name}"]) for name in ("policy", "critic")]


@pytest.mark.parametrize(("updates", "value"), [(3, LATER), (4, FIRST), (6, LATER)])
def test_a_period_copies_both(small_recipe, updates, value):
    assert refreshed(small_recipe, updates, target_period=3) == [value, value]


@pytest.mark.parametrize("updates", [1, 2])
def test_a_rate_moves_both_a_share_of_the_way_at_every_update(small_recipe, updates):
    found = refreshed(small_recipe, updates, target_period=None, target_rate=0.25)
    assert found == [1.5, 1.5]


def test_a_policy_s_own_period_stretches_the_e_step(small_recipe):
    """Five refreshes of Q' for each of pi_i."""
    found = [
        refreshed(small_recipe, n, target_period=2, policy_period=10) for n in (2, 10)
    ]
    assert found == [[FIRST, LATER], [LATER, LATER]]


def test_a_policy_copied_at_its_period_beside_an_averaged_critic(small_recipe):
    how = {"target_period": None, "target_rate": 0.5, "policy_period": 4}
    assert refreshed(small_recipe, 3, **how) == [FIRST, 2.0]
    assert refreshed(small_recipe, 4, **how) == [LATER, 2.0]


def test_an_average_is_polyak_s(small_recipe):
    how = small_recipe(
        optimisation__target_period=None, optimisation__target_rate=0.1
    ).optimisation
    known = {name: torch.randn(2, 3) for name in ("policy", "critic")}
    known |= {f"target_{name}": torch.randn(2, 3) for name in ("policy", "critic")}
    before = dict(known)
    for updates in (1, 2):
        state.refresh_targets(known, updates, how)
    for name in ("policy", "critic"):
        expected = 0.81 * before[f"target_{name}"] + 0.19 * before[name]
        assert_close(known[f"target_{name}"], expected)
