"""What `make` gives, with both backends."""

import numpy as np
import pytest

from mpo_repro.environments import make, spec

both = pytest.mark.parametrize("backend", ["envpool", "dm_control"])


def actions(environments, steps, seed=0):
    shape = (steps, environments.count, environments.spec.action_size)
    generator = np.random.default_rng(seed)
    return generator.uniform(-1, 1, shape).astype(np.float32)


def play(environments, steps, seed=0):
    return [environments.step(action) for action in actions(environments, steps, seed)]


def assert_same(left, right):
    for a, b in zip(left, right, strict=True):
        for ours, theirs in zip(a, b, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@both
@pytest.mark.parametrize("task", ["fish-upright", "manipulator-bring_ball"])
def test_shapes_and_types(task, backend):
    environments = make(task, 3, seed=0, stream=0, backend=backend)
    assert environments.spec == spec(task)
    observations = environments.reset()
    assert observations.shape == (3, spec(task).observation_size)
    assert observations.dtype == np.float32
    step = environments.step(actions(environments, 1)[0])
    assert step.observations.shape == observations.shape
    assert [array.dtype for array in step] == [np.float32, np.float32, bool, bool]
    assert [array.shape for array in step[1:]] == [(3,)] * 3


@both
@pytest.mark.parametrize("task", ["pendulum-swingup", "swimmer-swimmer6"])
def test_the_time_limit_truncates_after_1000_steps(task, backend):
    environments = make(task, 2, seed=0, stream=0, backend=backend)
    environments.reset()
    steps = play(environments, 1001)
    truncated = np.array([step.truncated for step in steps])
    assert np.flatnonzero(truncated.all(axis=1)).tolist() == [999]
    assert truncated.sum() == 2
    assert not any(step.terminated.any() for step in steps)
    assert steps[1000].rewards.tolist() == [0.0, 0.0]


@both
def test_the_start_of_an_episode_depends_on_its_key_alone(backend):
    one = make("cartpole-swingup", 1, seed=5, stream=2, backend=backend)
    three = make("cartpole-swingup", 3, seed=5, stream=2, backend=backend)
    np.testing.assert_array_equal(one.reset(), three.reset()[:1])
    ours, theirs = play(one, 1001, seed=1)[-1], play(three, 1001, seed=2)[-1]
    np.testing.assert_array_equal(ours.observations, theirs.observations[:1])
    starts = [three.reset(), theirs.observations]
    for seed, stream in [(6, 2), (5, 3)]:
        other = make("cartpole-swingup", 3, seed, stream, backend)
        starts.append(other.reset())
    assert len(np.unique(np.concatenate(starts), axis=0)) == 12


@both
@pytest.mark.parametrize("task", ["cheetah-run", "fish-swim", "humanoid-run"])
@pytest.mark.parametrize("taken", [0, 60])
def test_restoring_goes_on_bit_for_bit(task, taken, backend):
    ours = make(task, 2, seed=1, stream=0, backend=backend)
    observations = ours.reset()
    for step in play(ours, taken):
        observations = step.observations
    theirs = make(task, 2, seed=1, stream=0, backend=backend)
    np.testing.assert_array_equal(theirs.restore(ours.state()), observations)
    assert_same(play(ours, 60, seed=9), play(theirs, 60, seed=9))


@both
@pytest.mark.parametrize("taken", [1000, 1001, 1004])
def test_restoring_near_the_end_of_a_round(taken, backend):
    ours = make("pendulum-swingup", 2, seed=1, stream=0, backend=backend)
    ours.reset()
    play(ours, taken)
    theirs = make("pendulum-swingup", 2, seed=1, stream=0, backend=backend)
    theirs.restore(ours.state())
    assert_same(play(ours, 5, seed=9), play(theirs, 5, seed=9))


@pytest.mark.parametrize(
    ("task", "backend", "told"),
    [
        ("walker-runs", None, "unknown task 'walker-runs'; nearest: walker-"),
        ("walker-run", "brax", "'brax'; allowed: envpool, dm_control"),
        ("walker-run", "gymnasium", "'gymnasium'; allowed: envpool, dm_control"),
        ("Reacher-v4", "dm_control", "'dm_control'; allowed: gymnasium"),
    ],
)
def test_an_unknown_task_or_backend_is_refused(task, backend, told):
    with pytest.raises(ValueError, match=told):
        make(task, 1, 0, 0, backend)


@pytest.mark.parametrize("key", [(0, 0, 0), (1, -1, 0), (1, 0, -1)])
def test_bad_numbers_are_refused(key):
    with pytest.raises(ValueError, match="must"):
        make("walker-run", *key)


SIMULATED = {
    "cartpole-swingup": "envpool",
    "reacher-easy": "dm_control",
    "CartPole-v1": "gymnasium",
    "Pendulum-v1": "gymnasium",
    "atari-pong": "envpool",
}


def choices(environments, steps):
    """Random actions that the task allows, [T, E, A]."""
    count = environments.spec.choices
    drawn = actions(environments, steps)
    if count is None:
        return drawn
    return np.floor((drawn + 1) / 2 * (count - 1)).astype(np.float32)


@pytest.mark.parametrize("task", sorted(SIMULATED))
def test_a_step_that_is_begun_and_waited_for_is_a_step(task):
    apart, whole = (make(task, 2, 5, 0, SIMULATED[task]) for _ in range(2))
    np.testing.assert_array_equal(apart.reset(), whole.reset())
    waited = []
    for action in choices(apart, 60):
        wait = apart.start(action)
        action[:] = np.nan  # it is the caller's again
        waited.append(wait())
    assert_same(waited, [whole.step(action) for action in choices(whole, 60)])


@pytest.mark.parametrize("task", ["cartpole-swingup", "CartPole-v1"])
def test_a_step_that_nobody_waited_for_was_not_taken(task):
    first, second = (make(task, 2, 5, 0) for _ in range(2))
    first.reset()
    *before, last, other = choices(first, 8)
    for action in before:
        first.step(action)
    state = first.state()
    first.start(last)
    again = first.state()
    assert {n: np.asarray(v).tolist() for n, v in again.items()} == {
        n: np.asarray(v).tolist() for n, v in state.items()
    }
    second.restore(again)
    first.close()
    third = make(task, 2, 5, 0)
    third.restore(state)
    assert_same([second.step(other)], [third.step(other)])
