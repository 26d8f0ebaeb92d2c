"""What the panels of diagnostics show, by hand."""

import numpy as np
import pandas as pd
import pytest

from mpo_repro.report.diagnostics import even_episodes, implied_value, seed_median


def test_median_over_seeds_of_means_within_a_stretch():
    rows = pd.DataFrame(
        {
            "seed": [0, 0, 1, 2, 2],
            "environment_steps": [10, 90, 50, 20, 6_000],
            "value": [1.0, 3.0, 5.0, np.inf, 7.0],
        }
    )
    # Stretches of 100 steps: seed 0 has the mean 2, seed 1 has 5, seed 2 no number.
    curve = seed_median(rows, "value", 6_000)
    assert curve.to_dict() == {50.0: 3.5, 6_000.0: 7.0}


def test_reward_of_one_a_step_is_worth_its_geometric_sum():
    assert implied_value(pd.Series([1000.0]), 0.99)[0] == pytest.approx(100)


@pytest.mark.parametrize(
    ("task", "even"),
    [("walker-run", True), ("Pendulum-v1", False), ("atari-pong", False)],
)
def test_only_the_control_suite_s_episodes_are_known_to_have_one_length(task, even):
    assert even_episodes(task) is even
