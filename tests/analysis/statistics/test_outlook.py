"""How many runs are still needed: by hand, and by trying them out."""

import math

import numpy as np
import pytest
from scipy import stats

from mpo_repro.analysis.statistics.contrasts import welch
from mpo_repro.analysis.statistics.outlook import POWER, runs_needed


def test_it_is_the_usual_formula_by_hand():
    # se = 0.1 with 5 runs: sd = 0.1 * sqrt(5 / 2); n = 2 sd^2 (1.96 + 0.84)^2 / d^2.
    half = 0.1 * stats.t.ppf(0.975, 8)
    expected = 2 * (0.1**2 * 2.5) * (1.959964 + 0.841621) ** 2 / 0.15**2
    found = runs_needed(0.25, (0.25 - half, 0.25 + half), 0.95, 5, [0.1])
    assert found == math.ceil(expected) == 18


def test_the_nearest_of_two_edges_counts_and_none_is_reached_from_upon_it():
    interval = (-0.2, 0.3)
    near = runs_needed(0.05, interval, 0.95, 5, [0.1])
    assert runs_needed(0.05, interval, 0.95, 5, [-0.1, 0.1]) == near
    assert runs_needed(0.05, interval, 0.95, 5, [0.05]) == math.inf


def test_no_fewer_runs_are_needed_than_were_not_enough():
    assert runs_needed(1.0, (0.9, 1.1), 0.95, 5, [0.1]) == 5


def test_so_many_runs_find_the_effect_that_often():
    sd, effect, edge = 1.0, 1.2, 0.2
    half = stats.t.ppf(0.975, 8) * sd * math.sqrt(2 / 5)
    runs = runs_needed(effect, (effect - half, effect + half), 0.95, 5, [edge])
    rng = np.random.default_rng(0)
    found = [
        welch(rng.normal(effect, sd, runs), rng.normal(0, sd, runs)).interval(0.95)[0]
        > edge
        for _ in range(2000)
    ]
    assert np.mean(found) == pytest.approx(POWER, abs=0.03)
