"""Names of tasks: what is known, what is near, and who simulates what."""

import pytest

from mpo_repro.environments import (
    BACKENDS,
    TASKS,
    atari,
    backends,
    gymnasium_tasks,
    spec,
    suite,
)


def test_every_task_has_sizes_and_backends_and_one_name():
    assert TASKS == suite.TASKS + gymnasium_tasks.TASKS + atari.TASKS
    assert len(set(TASKS)) == len(TASKS)
    assert (len(suite.TASKS), len(atari.TASKS)) == (28, 5)
    assert len(gymnasium_tasks.TASKS) >= 12
    assert {name for task in TASKS for name in backends(task)} == set(BACKENDS)
    assert all(spec(task).task == task for task in TASKS)


@pytest.mark.parametrize("ask", [spec, backends])
@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("cheetah-walk", "cheetah-run"),
        ("Reacher-v3", "Reacher-v5, Reacher-v4"),
        ("LunarLander-v2", "LunarLander-v3"),
        ("cartpole-v1", "CartPole-v1"),
        ("atari-ping", "atari-pong"),
    ],
)
def test_an_unknown_task_is_refused_with_the_nearest(ask, given, near):
    with pytest.raises(ValueError, match=f"'{given}'; nearest: .*{near}"):
        ask(given)


def test_a_task_like_no_other_is_refused_with_all():
    with pytest.raises(ValueError, match="one of acrobot-.*Reacher-v5, .*atari-boxing"):
        spec("x")
