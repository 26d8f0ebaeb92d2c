"""Numbers that cannot be: what is named, what is let pass."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mpo_repro.training.guard import Guard, UnsoundRunError
from mpo_repro.training.replay import Replay

WIDE = {"observation": 0, "action": 3, "executed action": 5, "log-probability": 7}
COLUMNS = WIDE | {"reward": 8, "continuation": 9, "validity": 10}
SOUND = {"critic_loss": torch.tensor([2.0]), "q_value": torch.tensor([-3.0])}


def look(guard, actor, replay):
    """Looks at what was written last."""
    rows = replay.rows[:, :, (replay.written - 1) % replay.capacity].numpy()
    guard.look_at_step(rows, replay.widths, actor.observations)


@pytest.fixture
def step():
    """A guard, an actor's observations and replay after a step of two environments."""
    replay = Replay(1, 2, 20, (3, 2))
    for _ in range(13):  # more than the ring's ten rows
        wide = [torch.zeros(1, 2, width) for width in (3, 2, 2)]
        replay.add(*wide, *[torch.zeros(1, 2)] * 4)
    actor = SimpleNamespace(observations=np.zeros((1, 2, 3), np.float32))
    return Guard(0.99), actor, replay


def test_sound_numbers_pass_and_the_largest_reward_is_kept(step):
    guard, actor, replay = step
    replay.rows[0, 1, 2, COLUMNS["reward"]] = -7.0
    look(guard, actor, replay)
    guard.look_at_update({})
    guard.look_at_update(SOUND)
    guard.look_at_state({"policy": torch.zeros(3), "count": torch.tensor(3)})
    assert guard.largest_reward == 7.0
    replay.rows[0, 1, 2, COLUMNS["reward"]] = 2.0
    look(guard, actor, replay)
    assert guard.largest_reward == 7.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("field", COLUMNS)
def test_a_row_that_is_not_finite_is_named(step, field, value):
    guard, actor, replay = step
    replay.rows[0, 1, 2, COLUMNS[field]] = value
    with pytest.raises(UnsoundRunError, match=f"^{field} of environment 1 is"):
        look(guard, actor, replay)


def test_an_observation_is_seen_before_anything_is_done_with_it(step):
    guard, actor, replay = step
    actor.observations[0, 0, 2] = np.nan
    with pytest.raises(UnsoundRunError, match="observation of environment 0 is nan"):
        look(guard, actor, replay)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_diagnostic_that_is_not_finite_is_named(value):
    told = SOUND | {"policy_loss": torch.tensor([value])}
    with pytest.raises(UnsoundRunError, match="policy_loss is"):
        Guard(0.99).look_at_update(told)


def test_q_may_be_ten_times_what_any_policy_is_worth_and_no_more():
    guard = Guard(0.9, largest_reward=2.0)  # worth 20 at most
    assert guard.bound == pytest.approx(200)
    for name, allowed, refused in (
        ("q_value", -199.0, -201.0),
        ("critic_loss", 0.5 * 399.0**2, 0.5 * 401.0**2),
    ):
        guard.look_at_update(SOUND | {name: torch.tensor([allowed])})
        with pytest.raises(UnsoundRunError, match=r"Q has diverged.*more than 20$"):
            guard.look_at_update(SOUND | {name: torch.tensor([refused])})


def test_a_state_is_looked_through():
    tensors = {name: torch.zeros(3) for name in ("policy", "critic", "moment")}
    tensors["critic"][1] = torch.nan
    tensors["moment"][2] = torch.inf
    with pytest.raises(UnsoundRunError, match="^critic, moment: "):
        Guard(0.99).look_at_state(tensors)


def test_returns_of_an_evaluation_are_looked_at():
    with pytest.raises(UnsoundRunError, match="sampled"):
        Guard(0.99).look_at_returns({"sampled": np.array([1.0, np.nan])})
