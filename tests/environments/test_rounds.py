"""Rounds over a simulator whose episodes end as the test says."""

import numpy as np
import pytest

from mpo_repro.environments import Spec, Step
from mpo_repro.environments.rounds import Rounds

SPEC = Spec("scripted", observation_size=2, action_size=1, episode_length=5)


class Scripted:
    """Adds up actions from a start that is the seed; ends after given lengths."""

    keeps_generators = False

    def __init__(self, lengths, discount=1.0):
        self.lengths, self.discount = np.array(lengths), discount
        self.begun = []

    def begin(self, seeds, *past):
        self.begun.append((seeds, *past))
        self.time = 0
        self.sums = (np.array(seeds) % 1000).astype(np.float32)
        return self.observe()

    def start(self, actions):
        return lambda: self.advance(actions)

    def advance(self, actions):
        self.time += 1
        self.sums += actions[:, 0]
        ended = self.lengths == self.time
        flags = ended & (self.discount == 0), ended & (self.discount != 0)
        return Step(self.observe(), actions[:, 0].copy(), *flags)

    def observe(self):
        times = np.full_like(self.sums, self.time)
        return np.stack([self.sums, times], axis=1)

    def close(self):
        pass


def rounds(lengths=(3, 3), discount=1.0, seed=0, backend="scripted"):
    return Rounds(Scripted(lengths, discount), SPEC, len(lengths), seed, 0, backend)


def act(value):
    return np.full((2, 1), value, np.float32)


@pytest.mark.parametrize("discount", [0.0, 1.0])
def test_after_the_end_an_action_is_ignored_and_a_new_round_begins(discount):
    environments = rounds(discount=discount)
    environments.reset()
    steps = [environments.step(act(1)) for _ in range(4)]
    assert [step.truncated.tolist() for step in steps] == [
        [False] * 2,
        [False] * 2,
        [discount == 1.0] * 2,
        [False] * 2,
    ]
    assert [step.terminated.any() for step in steps] == [0, 0, discount == 0.0, 0]
    (first,), (second,) = environments._simulator.begun
    assert not set(first) & set(second)
    assert steps[3].observations.tolist() == [[seed % 1000, 0] for seed in second]
    assert steps[3].rewards.tolist() == [0.0, 0.0]
    assert environments.step(act(2)).rewards.tolist() == [2.0, 2.0]


def test_episodes_that_end_apart_are_refused():
    environments = rounds(lengths=(2, 3))
    environments.reset()
    environments.step(act(0))
    with pytest.raises(
        RuntimeError, match="1 of 2 episodes of scripted ended at step 2"
    ):
        environments.step(act(0))


@pytest.mark.parametrize("taken", range(9))
def test_a_restored_batch_goes_on_as_the_uninterrupted_one(taken):
    ours, theirs = rounds(), rounds()
    observations = ours.reset()
    for value in range(taken):
        observations = ours.step(act(value)).observations
    state = ours.state()
    np.testing.assert_array_equal(theirs.restore(state), observations)
    for value in range(10, 17):
        for left, right in zip(
            ours.step(act(value)), theirs.step(act(value)), strict=True
        ):
            np.testing.assert_array_equal(left, right)


def test_a_state_is_arrays_and_integers_and_stays_as_it_was():
    environments = rounds()
    environments.reset()
    environments.step(act(1))
    state = environments.state()
    kept = {key: np.copy(value) for key, value in state.items()}
    assert all(type(value) in (int, np.ndarray) for value in state.values())
    assert state["actions"].shape == (1, 2, 1)
    environments.step(act(5)).observations[:] = np.nan
    for key, value in state.items():
        np.testing.assert_array_equal(value, kept[key])
    assert not np.isnan(environments.state()["observations"]).any()


def test_a_state_read_back_as_arrays_of_no_dimension_is_accepted():
    environments = rounds()
    environments.reset()
    state = {key: np.asarray(value) for key, value in environments.state().items()}
    environments.restore(state)


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"backend": "b"}, {"lengths": (3,) * 4}]
)
def test_a_foreign_state_is_refused(other):
    environments = rounds()
    environments.reset()
    with pytest.raises(ValueError, match="belongs to other environments"):
        rounds(**other).restore(environments.state())


def test_a_replay_that_arrives_elsewhere_is_refused():
    environments = rounds()
    environments.reset()
    environments.step(act(1))
    state = environments.state()
    state["observations"][0, 0] += 1
    with pytest.raises(RuntimeError, match="version changed"):
        environments.restore(state)


@pytest.mark.parametrize("call", [lambda e: e.step(act(0)), lambda e: e.state()])
def test_nothing_works_before_reset_nor_after_close(call):
    environments = rounds()
    with pytest.raises(RuntimeError, match=r"call reset\(\)"):
        call(environments)
    environments.reset()
    call(environments)
    environments.close()
    with pytest.raises(RuntimeError, match=r"call reset\(\)"):
        call(environments)


def test_actions_of_another_shape_are_refused():
    environments = rounds()
    environments.reset()
    with pytest.raises(ValueError, match=r"\(1, 1\), not \(2, 1\)"):
        environments.step(np.zeros((1, 1), np.float32))
