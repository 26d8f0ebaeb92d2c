"""How many updates are due, by hand."""

import pytest
import toy

from mpo_repro.training import schedule
from mpo_repro.training.run import Plan, Run

ITERATIONS = {
    "data__steps_per_update": None,
    "data__steps_per_iteration": 400,
    "data__updates_per_iteration": 7,
    "data__initial_steps": None,
}


def test_a_steady_ratio_counts_from_the_first_steps_on(small_recipe):
    data = small_recipe(data__steps_per_update=8.0, data__initial_steps=100).data
    steps = (0, 100, 101, 108, 109, 900)
    assert [schedule.updates_due(data, at, 0) for at in steps] == [0, 0, 1, 1, 2, 100]


def test_a_ratio_below_one_takes_several_updates_a_step(small_recipe):
    data = small_recipe(data__steps_per_update=0.5, data__initial_steps=100).data
    assert schedule.updates_due(data, 103, 9) == 6


@pytest.mark.parametrize(("steps", "due"), [(0, 0), (399, 0), (400, 7), (4000, 70)])
def test_iterations_learn_at_their_ends(small_recipe, steps, due):
    assert schedule.updates_due(small_recipe(**ITERATIONS).data, steps, 1) == due


EPISODES = ITERATIONS | {
    "data__steps_per_iteration": None,
    "data__episodes_per_iteration": 3,
}


@pytest.mark.parametrize(("episodes", "due"), [(0, 0), (2, 0), (3, 7), (30, 70)])
def test_or_once_episodes_have_ended_however_long(small_recipe, episodes, due):
    data = small_recipe(**EPISODES).data
    assert schedule.updates_due(data, 10**6, episodes) == due
    # Where all of them last 50 steps.
    assert schedule.updates_expected(data, 50 * episodes + 49, 50) == due


def test_a_run_learns_once_its_episodes_have_ended(simulate, small_recipe, tmp_path):
    simulate(None)
    recipe = small_recipe(**EPISODES, policy_evaluation__sequence_length=3)
    run = Run(Plan(recipe, toy.TASK, 3, 400, 10**6, 1, "envpool", "plain"), tmp_path)
    taken = {}
    while run.actor.environment_steps < 200:
        ended = run.actor.episodes
        run.actor.step(run.replay, run._learn_if_due)
        taken[ended] = run.learner.updates
    # Every third of an environment's episodes ends early.
    assert run.actor.episodes > 200 // toy.LENGTH
    assert taken == {ended: ended // 3 * 7 for ended in taken}
