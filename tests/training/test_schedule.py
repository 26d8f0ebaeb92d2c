"""How many updates are due, by hand."""

import pytest

from mpo_repro.training import schedule

ITERATIONS = {
    "data__steps_per_update": None,
    "data__steps_per_iteration": 400,
    "data__updates_per_iteration": 7,
    "data__initial_steps": 500,
}


def test_a_steady_ratio_counts_from_the_first_steps_on(small_recipe):
    data = small_recipe(data__steps_per_update=8.0, data__initial_steps=100).data
    due = [schedule.updates_due(data, steps) for steps in (0, 100, 101, 108, 109, 900)]
    assert due == [0, 0, 1, 1, 2, 100]
    assert schedule.newest_rows(data) is None


def test_a_ratio_below_one_takes_several_updates_a_step(small_recipe):
    data = small_recipe(data__steps_per_update=0.5, data__initial_steps=100).data
    assert schedule.updates_due(data, 103) == 6


@pytest.mark.parametrize(("steps", "due"), [(499, 0), (799, 7), (800, 14), (4000, 70)])
def test_iterations_learn_at_their_ends(small_recipe, steps, due):
    assert schedule.updates_due(small_recipe(**ITERATIONS).data, steps) == due


@pytest.mark.parametrize(("steps", "due"), [(0, 0), (399, 0), (400, 7), (800, 14)])
def test_the_first_iteration_may_be_learnt_from_at_once(small_recipe, steps, due):
    data = small_recipe(**ITERATIONS | {"data__initial_steps": None}).data
    assert schedule.updates_due(data, steps) == due


def test_a_later_start_skips_the_iterations_before_it(small_recipe):
    """Were it accepted below an iteration's steps, it would change nothing."""
    data = small_recipe(**ITERATIONS | {"data__initial_steps": 400}).data
    assert [schedule.updates_due(data, steps) for steps in (400, 404)] == [0, 7]


def test_a_cleared_buffer_is_the_iterations_own_rows(small_recipe):
    data = small_recipe(**ITERATIONS, data__clears_buffer=True).data
    assert schedule.newest_rows(data) == 400 // data.environments


def test_workers_gather_an_iteration_s_steps_together(small_recipe):
    data = small_recipe(
        **ITERATIONS, data__clears_buffer=True, data__workers=2, data__environments=4
    ).data
    assert schedule.newest_rows(data) == 400 // 8
