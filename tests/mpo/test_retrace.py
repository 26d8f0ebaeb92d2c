"""Policy evaluation against the exact operator of a small chain and by hand."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from mpo_repro.mpo import retrace

GAMMA, LENGTH, STATES, ACTIONS, END = 0.9, 4, 3, 2, 3
JUNK = 1e3  # stands where nothing may be read


class Chain:
    """Three states, two actions, an end; a target policy and another's data."""

    def __init__(self, seed=0):
        random = np.random.default_rng(seed)
        self.moves = random.dirichlet(np.ones(STATES + 1), (STATES, ACTIONS))
        self.moves[:, 1, 1] = 0  # some transitions are impossible
        self.moves /= self.moves.sum(-1, keepdims=True)
        self.reward = random.normal(size=(STATES, ACTIONS, STATES + 1))
        self.target = random.dirichlet(np.ones(ACTIONS), STATES)
        self.behaviour = random.dirichlet(np.ones(ACTIONS), STATES)
        self.q = random.normal(size=(STATES, ACTIONS))

    def operator(self, length):
        """Returns the Retrace operator of `length` steps applied to q, exactly."""
        expected = (self.moves * self.reward).sum(-1)
        value = (self.target * self.q).sum(-1)
        error = expected + GAMMA * self.moves[..., :STATES] @ value - self.q
        traces = np.minimum(self.behaviour, self.target)  # b min(1, pi / b)
        step = self.moves[..., :STATES, None] * traces  # [s, a, s', a']
        step = step.reshape(STATES * ACTIONS, -1)
        result, weighted = self.q.ravel().copy(), error.ravel()
        for _ in range(length):
            result += weighted
            weighted = GAMMA * step @ weighted
        return result.reshape(STATES, ACTIONS)

    def fixed_point(self):
        """Returns Q of the target policy."""
        expected = (self.moves * self.reward).sum(-1).ravel()
        step = self.moves[..., :STATES, None] * self.target
        matrix = np.eye(STATES * ACTIONS) - GAMMA * step.reshape(STATES * ACTIONS, -1)
        return np.linalg.solve(matrix, expected).reshape(STATES, ACTIONS)

    def paths(self, state, action):
        """Yields every path of LENGTH steps with its probability.

        A path is a list of (s, a, s'); it is shorter where it reached the end.
        """
        yield from self._extend([], state, action, 1.0)

    def _extend(self, path, state, action, probability):
        for following in range(STATES + 1):
            likely = probability * self.moves[state, action, following]
            longer = [*path, (state, action, following)]
            if likely == 0:
                continue
            if following == END or len(longer) == LENGTH:
                yield longer, likely
                continue
            for choice in range(ACTIONS):
                yield from self._extend(
                    longer,
                    following,
                    choice,
                    likely * self.behaviour[following, choice],
                )

    def arguments(self, paths):
        """Lays paths out as sequences; what follows an end is another episode."""
        shape = len(paths), LENGTH
        rewards, log_ratios = np.full(shape, JUNK), np.full(shape, -0.1)
        discounts, valid = np.full(shape, GAMMA), np.ones(shape)
        q_values, values = np.full(shape, -JUNK), np.full((shape[0], LENGTH + 1), JUNK)
        state_values = (self.target * self.q).sum(-1)
        ratios = np.log(self.target / self.behaviour)
        for row, path in enumerate(paths):
            for step, (state, action, following) in enumerate(path):
                rewards[row, step] = self.reward[state, action, following]
                q_values[row, step] = self.q[state, action]
                log_ratios[row, step] = ratios[state, action]
                values[row, step] = state_values[state]
                if following == END:
                    discounts[row, step] = 0
                    valid[row, step + 1 : step + 2] = 0
                else:
                    values[row, step + 1] = state_values[following]
        arrays = rewards, discounts, values, q_values, log_ratios, valid
        return [torch.from_numpy(array) for array in arrays]

    def expected_targets(self):
        """Averages `retrace` over all paths from each state and action."""
        found = np.empty((STATES, ACTIONS))
        for pair in itertools.product(range(STATES), range(ACTIONS)):
            paths, likely = zip(*self.paths(*pair), strict=True)
            assert sum(likely) == pytest.approx(1)
            targets = retrace.retrace(*self.arguments(paths))[:, 0].numpy()
            found[pair] = targets @ np.array(likely)
        return found


@pytest.mark.parametrize("seed", range(3))
def test_retrace_averages_to_the_tabular_operator(seed):
    chain = Chain(seed)
    np.testing.assert_allclose(
        chain.expected_targets(), chain.operator(LENGTH), rtol=1e-9
    )


def test_the_target_policys_own_values_are_retraces_fixed_point():
    chain = Chain()
    chain.q = chain.fixed_point()
    np.testing.assert_allclose(chain.expected_targets(), chain.q, rtol=1e-9)
    chain.q = chain.q + 1.0
    assert np.abs(chain.expected_targets() - chain.fixed_point()).max() < GAMMA


def row(*numbers):
    return torch.tensor([numbers], dtype=torch.float64)


def four_steps(**changes):
    """One sequence of four plain transitions with halves as discounts."""
    known = {
        "rewards": row(1, 2, 3, 4),
        "discounts": row(0.5, 0.5, 0.5, 0.5),
        "values": row(10, 20, 30, 40, 50),
        "q_values": row(7, 8, 9, 6),
        "log_ratios": row(0, 0, 0, 0),
        "valid": row(1, 1, 1, 1),
    }
    return known | changes


def test_retrace_by_hand():
    ratios = row(9, -np.log(2), 3, 0)
    # y3 = 4 + 25; y2 = 3 + (40 + 1 (29 - 6)) / 2; y1 = 2 + (30 + 1 (34.5 - 9)) / 2;
    # y0 = 1 + (20 + 0.5 (29.75 - 8)) / 2: a ratio above 1 counts as 1.
    found = retrace.retrace(**four_steps(log_ratios=ratios))
    assert_close(found, row(16.4375, 29.75, 34.5, 29))


def test_n_step_by_hand():
    # To the end of the sequence: y3 = 4 + 25; y2 = 3 + y3 / 2; and so on.
    y3 = 4 + 50 / 2
    y2 = 3 + y3 / 2
    y1 = 2 + y2 / 2
    y0 = 1 + y1 / 2
    assert_close(retrace.n_step(**four_steps()), row(y0, y1, y2, y3))


def test_td_0_by_hand():
    assert_close(retrace.td_0(**four_steps()), row(11, 17, 23, 29))


@pytest.mark.parametrize("method", ["retrace", "n_step", "td_0"])
def test_a_truncated_episode_bootstraps_and_a_terminated_one_does_not(method):
    # Step 2 is the last state of an episode: step 1 was its last transition.
    given = {"valid": row(1, 1, 0, 1), "rewards": row(1, 2, 0, 4)}
    truncated = retrace.METHODS[method](**four_steps(**given))
    given["discounts"] = row(0.5, 0, 0.5, 0.5)
    terminated = retrace.METHODS[method](**four_steps(**given))
    assert truncated[0, 1] == 2 + 0.5 * 30
    assert terminated[0, 1] == 2
    base = {"retrace": 8, "n_step": 20, "td_0": None}[method]
    for targets in (truncated, terminated):
        carried = 20 if base is None else 20 + float(targets[0, 1]) - base
        assert targets[0, 0] == 1 + 0.5 * carried
        assert targets[0, 3] == 4 + 0.5 * 50


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), length=st.integers(2, 8), data=st.data())
def test_what_follows_the_end_of_an_episode_changes_nothing_before_it(
    seed, length, data
):
    last = data.draw(st.integers(1, length - 1))  # the step that is no transition
    generator = torch.Generator().manual_seed(seed)

    def draw(steps=length):
        return torch.randn(2, steps, generator=generator, dtype=torch.float64)

    fields = dict.fromkeys(("rewards", "q_values", "log_ratios"))
    fields = {name: draw() for name in fields} | {"values": draw(length + 1)}
    fields["discounts"] = torch.full((2, length), GAMMA, dtype=torch.float64)
    fields["valid"] = torch.ones(2, length, dtype=torch.float64)
    fields["valid"][:, last] = 0
    for method in retrace.METHODS.values():
        before = method(**fields)
        changed = {name: field.clone() for name, field in fields.items()}
        for name in ("rewards", "q_values", "log_ratios"):
            changed[name][:, last:] = draw()[:, last:]
        changed["values"][:, last + 1 :] = JUNK
        assert torch.equal(method(**changed)[:, :last], before[:, :last])


def test_without_corrections_retrace_is_the_one_step_target_of_each_step():
    ratios = row(-1e4, -1e4, -1e4, -1e4)  # a density of 0 in float32
    found = retrace.retrace(**four_steps(log_ratios=ratios))
    assert_close(found, retrace.td_0(**four_steps()))


def rows(seed, length):
    """Random sequences of every kind of end, float64."""
    source = torch.Generator().manual_seed(seed)

    def draw(size):
        return torch.randn(6, size, generator=source, dtype=torch.float64)

    valid = (draw(length) > -1).double()
    discounts = 0.9 * (draw(length) > -1).double()
    return (
        *(draw(length), discounts, draw(length + 1), draw(length)),
        *(draw(length), valid),
    )


@given(
    st.integers(0, 1000),
    st.integers(1, 5),
    st.integers(0, 5),
    st.sampled_from([*retrace.METHODS]),
)
@settings(max_examples=60, deadline=None)
def test_full_lengths_are_the_first_targets_of_sequences_that_long(
    seed, steps, more, name
):
    method, parts = retrace.METHODS[name], rows(seed, steps + more)
    found = retrace.full_length(method, steps, *parts)
    assert found.shape == (6, more + 1)
    for start in range(more + 1):
        cut = [
            part[:, start : start + steps + (part.shape[1] > steps + more)]
            for part in parts
        ]
        assert_close(found[:, start], method(*cut)[:, 0])


def test_full_lengths_by_hand():
    """Two steps each, where a sequence alone would leave one for the last."""
    rewards, values = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[9.0, 9, 8, 7]])
    ones, junk = torch.ones(1, 3), torch.full((1, 3), JUNK)
    parts = rewards, 0.5 * ones, values, junk, junk, ones
    found = retrace.full_length(retrace.n_step, 2, *parts)
    assert_close(found, torch.tensor([[1 + 1 + 2.0, 2 + 1.5 + 1.75]]))
    alone = retrace.n_step(
        *(part[:, :2] for part in parts[:2]),
        values[:, :3],
        *(part[:, :2] for part in parts[3:]),
    )
    assert_close(alone, torch.tensor([[1 + 1 + 2.0, 2 + 4.0]]))
