"""How many runs the page says that a claim's open tests would take."""

import pytest

from mpo_repro.analysis.statistics.outlook import runs_needed
from mpo_repro.report import verdicts


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, runs_needed(0.2, (-0.1, 0.5), 0.99, 5, [0.1])),
        ({"test": "non_inferiority"}, runs_needed(0.2, (-0.1, 0.5), 0.99, 5, [-0.1])),
        ({"runs": [5, 5, 5, 5]}, runs_needed(0.2, (-0.1, 0.5), 0.99, 5, [0.1])),
        (
            {"outcome": "direction shown"},
            runs_needed(0.2, (-0.1, 0.5), 0.99, 5, [0.1]),
        ),
        ({"outcome": "supported"}, None),
        ({"effect": None, "joint_low": None, "joint_high": None}, None),
        ({"margin": 0.0}, None),
        ({"runs": [5, 4]}, None),
        ({"test": "faster", "null": 1.0, "margin": 2.0}, None),
        ({"test": "not_below_published", "runs": [10, 10]}, None),
    ],
)
def test_an_open_test_says_how_many_runs_it_would_take(change, wanted):
    test = {
        "test": "superiority",
        "outcome": "undecided",
        "null": 0.0,
        "effect": 0.2,
        "low": 0.0,
        "high": 0.4,
        "joint_low": -0.1,
        "joint_high": 0.5,
        "members": 5,
        "confidence": 0.95,
        "margin": 0.1,
        "runs": [5, 5],
    }
    assert verdicts._wanted(test | change) == wanted
