"""What the defects compute: against the right thing and the published numbers."""

import math

import pytest
import torch
from torch.testing import assert_close

from mpo_repro.mpo import defects, e_step
from mpo_repro.mpo.distributions import DiagonalGaussian, kl_covariance, kl_mean

F64 = torch.float64


def q_values(states, samples, spread, seed=0):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(samples, states, generator=generator, dtype=F64)
    return values + spread * torch.randn(states, generator=generator, dtype=F64)


def lowest(dual, values, epsilon):
    """The temperature on a fine grid at which a dual is lowest."""
    grid = torch.logspace(-3, 3, 6001, dtype=F64)
    return float(grid[torch.stack([dual(t, values, epsilon) for t in grid]).argmin()])


def test_pooling_one_state_changes_nothing_and_many_states_a_lot():
    one, many = q_values(1, 50, 0.0), q_values(200, 50, 5.0)
    eta = torch.tensor(1.3, dtype=F64)
    known = e_step.dual_value(eta, one, 0.1)
    assert_close(defects.pooled_dual(eta, one, 0.1), known)
    right, pooled = (
        lowest(d, many, 0.1) for d in (e_step.dual_value, defects.pooled_dual)
    )
    assert right == pytest.approx(2.2, rel=0.1)
    assert pooled > 4 * right
    kl = e_step.kl_to_samples(e_step.weights(many, torch.tensor(pooled))).mean()
    assert kl < 0.1 / 10


def test_without_the_mean_the_temperature_falls_to_its_lower_bound():
    values = q_values(100, 20, 0.0)
    assert lowest(defects.unnormalised_dual, values, 0.1) == pytest.approx(1e-3)
    eta = torch.tensor(0.7, dtype=F64)
    extra = defects.unnormalised_dual(eta, values, 0.1) - e_step.dual_value(
        eta, values, 0.1
    )
    assert float(extra) == pytest.approx(0.7 * math.log(20))


def pair():
    old = DiagonalGaussian(torch.tensor([0.3, -0.2]), torch.tensor([0.1, 0.4]))
    return DiagonalGaussian(torch.tensor([0.5, 0.1]), torch.tensor([0.2, 0.3])), old


def test_inverted_variances_weigh_the_mean_by_variances():
    new, old = pair()
    wrong_new, wrong_old = defects.inverted_variances(new, old)
    found = kl_mean(wrong_old.mean, wrong_new.mean, metric=wrong_old)
    difference = new.mean - old.mean
    assert_close(found, 0.5 * (difference**2 * old.stddev**2).sum())
    # The covariance's part becomes that of the exchanged policies.
    assert_close(kl_covariance(wrong_old, wrong_new), kl_covariance(new, old))


def test_stddevs_as_variances():
    new, old = pair()
    wrong_new, wrong_old = defects.stddev_as_variance(new, old)
    assert_close(wrong_new.covariance(), new.stddev)
    assert_close(wrong_old.covariance(), old.stddev)
    assert_close(wrong_new.mean, new.mean)
    assert_close(wrong_old.mean, old.mean)


def test_exchanged_arguments():
    new, old = pair()
    assert defects.KL_ARGUMENTS["reversed"](new, old) == (old, new)


def test_at_stddev_one_two_of_the_defects_do_not_show():
    new, old = (
        DiagonalGaussian(torch.randn(3), torch.ones(3)),
        DiagonalGaussian(torch.randn(3), torch.ones(3)),
    )
    for name in ("inverted_variances", "stddev_as_variance"):
        for wrong, right in zip(
            defects.KL_ARGUMENTS[name](new, old), (new, old), strict=True
        ):
            assert_close(wrong.stddev, right.stddev)
