"""Records: rows in order, episodes counted across a resume."""

import json

import numpy as np
import torch

from mpo_repro.training.records import Counters, Records


def test_rows_survive_a_checkpoint_and_episodes_are_counted_on():
    records = Records()
    assert records.recent_return() is None
    records.note_behaviour(Counters(10, 1), 5.0)
    returns = {"mean": np.array([1.0, 2.0]), "sampled": np.array([3.0, 4.0])}
    diagnostics = {"temperature": torch.tensor([0.5])}
    records.note_evaluation(Counters(20, 2), returns, diagnostics)
    again = Records(json.loads(json.dumps(records.rows)))
    assert again.rows == records.rows
    again.note_behaviour(Counters(30, 3), 7.0)
    assert again.rows["curve"] == [
        (10, 1, "behaviour", 0, 5.0),
        (20, 2, "mean", 0, 1.0),
        (20, 2, "mean", 1, 2.0),
        (20, 2, "sampled", 0, 3.0),
        (20, 2, "sampled", 1, 4.0),
        (30, 3, "behaviour", 1, 7.0),
    ]
    assert again.rows["diagnostics"] == [(20, 2, "temperature", 0.5)]
    assert again.recent_return() == 6.0


def test_before_an_episode_ends_the_last_evaluation_is_the_recent_return():
    records = Records()
    for steps, value in ((10, 1.0), (20, 5.0)):
        returns = {"mean": np.array([value, value + 2]), "sampled": np.array([99.0])}
        records.note_evaluation(Counters(steps, 0), returns, {})
        assert records.recent_return() == value + 1
        assert Records(records.rows).recent_return() == value + 1
    records.note_behaviour(Counters(30, 0), 50.0)
    assert records.recent_return() == 50.0


def test_the_recent_return_forgets_and_time_is_per_second():
    records = Records()
    for value in range(20):
        records.note_behaviour(Counters(value, 0), float(value))
    assert records.recent_return() == sum(range(12, 20)) / 8
    records.note_time(Counters(100, 10), 4.0)
    assert records.rows["timing"] == [(100, 10, 4.0, 2.5, 25.0)]
