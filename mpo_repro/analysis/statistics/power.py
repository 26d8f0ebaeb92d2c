"""What a verdict rule does on made-up runs: its verdicts, coverage and power."""

from collections import Counter

import numpy as np
import pandas as pd

from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.rules import RULES
from mpo_repro.analysis.statistics.shapes import SHAPES
from mpo_repro.analysis.statistics.verdicts import outcome_of


def simulate(
    rule: str, shape: str, runs: int, distance: float, *, trials: int, seed: int = 0
) -> pd.DataFrame:
    """Applies a rule to made-up runs again and again.

    Args:
      rule: a key of RULES.
      shape: a key of SHAPES.
      runs: an arm.
      distance: from the edge of the claim, in standard deviations of a run.
      trials: how often.
      seed: of the generator.

    Returns:
      outcome, effect, low, high: a row a trial.
    """
    rng = np.random.default_rng(seed)
    made = RULES[rule].simulate
    rows = []
    for _ in range(trials):
        found = made(rng, SHAPES[shape], runs, distance)
        rows.append((outcome_of(found).value, found.effect, found.low, found.high))
    return pd.DataFrame(rows, columns=["outcome", "effect", "low", "high"])


def shares(trials: pd.DataFrame) -> Counter:
    """Says how often each outcome came.

    Args:
      trials: from `simulate`.

    Returns:
      Outcome -> share of trials, 0 for outcomes that never came.
    """
    found = trials["outcome"].value_counts(normalize=True)
    return Counter({Outcome(name): share for name, share in found.items()})


def positive(found: Counter) -> float:
    """Returns the share of trials in which the claim was supported; see `shares`."""
    return float(found[Outcome.SUPPORTED])


def coverage(trials: pd.DataFrame, rule: str, distance: float) -> float:
    """Says how often the interval held the true effect.

    Args:
      trials: from `simulate` of that rule and distance.
      rule, distance: see `simulate`.

    Returns:
      A share; NaN where the true effect depends on the shape.
    """
    truth = RULES[rule].truth
    if truth is None:
        return np.nan
    held = (trials["low"] <= truth(distance)) & (truth(distance) <= trials["high"])
    return float(held.mean())
