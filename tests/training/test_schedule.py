"""How many updates are due, by hand."""

import pytest

from mpo_repro.training import schedule

ITERATIONS = {
    "data__steps_per_update": None,
    "data__steps_per_iteration": 400,
    "data__updates_per_iteration": 7,
    "data__initial_steps": None,
}


def test_a_steady_ratio_counts_from_the_first_steps_on(small_recipe):
    data = small_recipe(data__steps_per_update=8.0, data__initial_steps=100).data
    due = [schedule.updates_due(data, steps) for steps in (0, 100, 101, 108, 109, 900)]
    assert due == [0, 0, 1, 1, 2, 100]


def test_a_ratio_below_one_takes_several_updates_a_step(small_recipe):
    data = small_recipe(data__steps_per_update=0.5, data__initial_steps=100).data
    assert schedule.updates_due(data, 103) == 6


@pytest.mark.parametrize(("steps", "due"), [(0, 0), (399, 0), (400, 7), (4000, 70)])
def test_iterations_learn_at_their_ends(small_recipe, steps, due):
    assert schedule.updates_due(small_recipe(**ITERATIONS).data, steps) == due
