"""What the verdict rules do on made-up runs: false verdicts, coverage and power."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from statsmodels.stats.power import TTestIndPower

from mpo_repro.analysis.statistics.rules import RULES
from mpo_repro.analysis.statistics.shapes import SHAPES
from mpo_repro.analysis.statistics.verdicts import Outcome, outcome_of


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


def shares(rule: str, shape: str, runs: int, distance: float, **options) -> Counter:
    """Says how often each outcome comes; see `simulate`.

    Returns:
      Outcome -> share of trials, 0 for outcomes that never came.
    """
    outcomes = simulate(rule, shape, runs, distance, **options)["outcome"]
    found = outcomes.value_counts(normalize=True)
    return Counter({Outcome(name): share for name, share in found.items()})


def positive(found: Counter) -> float:
    """Adds the shares of outcomes that say the effect is there."""
    return found[Outcome.REPLICATED] + found[Outcome.PARTLY]


def coverage(rule: str, shape: str, runs: int, distance: float, **options) -> float:
    """Says how often the interval holds the true effect; see `simulate`.

    Raises:
      ValueError: if the rule's true effect is not known.
    """
    truth = RULES[rule].truth
    if truth is None:
        raise ValueError(f"the true effect of {rule!r} is not known")
    table = simulate(rule, shape, runs, distance, **options)
    return float(
        table["low"].le(truth(distance)).mul(table["high"].ge(truth(distance))).mean()
    )


def power_curve(
    rules: Iterable[str],
    *,
    shapes: Iterable[str] = tuple(SHAPES),
    runs: Sequence[int] = (3, 5, 10),
    distances: Sequence[float] = (0, 0.5, 1, 1.5, 2, 2.5, 3),
    trials: int = 1_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Makes the data of the report's power curves.

    Args:
      rules, shapes: keys of RULES and SHAPES.
      runs: numbers of runs an arm.
      distances: see `simulate`; 0 shows the false-positive rate.
      trials, seed: see `simulate`.

    Returns:
      rule, shape, runs, distance, power (share of trials in which the claim was called
      replicated, partly included), error (that share's standard error), decided
      (share with any verdict but inconclusive).
    """
    rows = []
    for rule in rules:
        for shape in shapes:
            for n in runs:
                for distance in distances:
                    found = shares(rule, shape, n, distance, trials=trials, seed=seed)
                    power = positive(found)
                    error = float(np.sqrt(power * (1 - power) / trials))
                    decided = 1 - found[Outcome.INCONCLUSIVE]
                    rows.append((rule, shape, n, distance, power, error, decided))
    columns = ["rule", "shape", "runs", "distance", "power", "error", "decided"]
    return pd.DataFrame(rows, columns=columns)


def planned_power(runs: int, effect: float, alpha: float = 0.05) -> float:
    """Computes the power of `superiority` before any run, for normal scores.

    Args:
      runs: an arm.
      effect: difference of means, in standard deviations of a run.
      alpha: two-sided.

    Returns:
      Between 0 and 1 (noncentral t; Welch's own is lower by some hundredths).
    """
    return float(TTestIndPower().power(effect, runs, alpha))


def runs_needed(effect: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Says how many runs an arm `superiority` needs; see `planned_power`."""
    solved = TTestIndPower().solve_power(effect, alpha=alpha, power=power)
    return int(np.ceil(solved))
