"""Environments whose episodes end apart."""

import numpy as np
import pytest

from mpo_repro.environments import make

TASK = "CartPole-v1"


def environments(count=3, seed=2, stream=1, task=TASK):
    return make(task, count, seed, stream)


def push(count, steps, seed=0):
    draws = np.random.default_rng(seed).integers(2, size=(steps, count, 1))
    return draws.astype(np.float32)


def play(batch, steps, seed=0):
    return [batch.step(action) for action in push(batch.count, steps, seed)]


def test_an_environment_does_not_notice_its_neighbours():
    three, one = environments(3), environments(1)
    np.testing.assert_array_equal(three.reset()[:1], one.reset())
    for action in push(3, 200):
        left, right = three.step(action), one.step(action[:1])
        for ours, theirs in zip(left, right, strict=True):
            np.testing.assert_array_equal(ours[:1], theirs)


def test_episodes_end_apart_and_the_next_step_begins_another():
    batch = environments()
    start = batch.reset()
    steps = play(batch, 200)
    ended = np.array([step.terminated for step in steps])  # [T, E]
    assert ended.any(axis=0).all()
    assert not ended.all(axis=1).any()
    for index, environment in np.argwhere(ended[:-1]):
        following = steps[index + 1]
        assert following.rewards[environment] == 0.0
        assert not following.terminated[environment]
        assert np.abs(following.observations[environment]).max() <= 0.05
        assert (following.observations[environment] != start[environment]).any()
    assert not np.array([step.truncated for step in steps]).any()


def test_the_start_of_an_episode_does_not_depend_on_the_actions_before():
    starts = []
    for seed in (1, 2):
        batch = environments(1)
        batch.reset()
        steps = play(batch, 200, seed)
        first = next(i for i, step in enumerate(steps) if step.terminated[0])
        starts.append(steps[first + 1].observations)
    np.testing.assert_array_equal(*starts)


def test_each_part_of_the_key_gives_another_start():
    keys = [(2, 1), (3, 1), (2, 2)]
    starts = [environments(3, seed, stream).reset() for seed, stream in keys]
    assert len(np.unique(np.concatenate(starts), axis=0)) == 9


@pytest.mark.parametrize(
    "task", [TASK, "Hopper-v5", "LunarLanderContinuous-v3", "Pendulum-v1", "Reacher-v4"]
)
@pytest.mark.parametrize("taken", [0, 1, 130])
def test_restoring_goes_on_bit_for_bit(task, taken):
    ours, theirs = environments(task=task), environments(task=task)
    shape = (taken + 60, 3, ours.spec.action_size)
    actions = np.random.default_rng(0).uniform(-1, 1, shape)
    actions = (actions > 0 if ours.spec.choices else actions).astype(np.float32)
    observations = ours.reset()
    for action in actions[:taken]:
        observations = ours.step(action).observations
    np.testing.assert_array_equal(theirs.restore(ours.state()), observations)
    for action in actions[taken:]:
        for left, right in zip(ours.step(action), theirs.step(action), strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    "other", [{"count": 2}, {"count": 4}, {"seed": 3}, {"stream": 2}]
)
def test_a_foreign_state_is_refused(other):
    batch = environments()
    batch.reset()
    with pytest.raises(ValueError, match="the state"):
        environments(**other).restore(batch.state())


def test_neighbours_do_not_take_each_others_state():
    batch = environments(2)
    batch.reset()
    state = batch.state()
    swapped = {("1" if k[0] == "0" else "0") + k[1:]: v for k, v in state.items()}
    with pytest.raises(ValueError, match="belongs to other environments"):
        batch.restore(swapped)


@pytest.mark.parametrize("wrong", [0.5, -1.0, 2.0, np.nan])
def test_what_numbers_no_action_is_refused_and_nothing_has_moved(wrong):
    batch = environments(1)
    batch.reset()
    before = batch.state()
    with pytest.raises(ValueError, match="whole numbers from 0 to 1"):
        batch.step(np.full((1, 1), wrong, np.float32))
    np.testing.assert_equal(batch.state(), before)


def test_actions_of_another_shape_are_refused():
    batch = environments()
    batch.reset()
    with pytest.raises(ValueError, match=r"\(2, 1\), not \(3, 1\)"):
        batch.step(np.zeros((2, 1), np.float32))


def test_nothing_works_after_close():
    batch = environments()
    batch.reset()
    batch.close()
    with pytest.raises(RuntimeError, match=r"call reset\(\)"):
        batch.state()
