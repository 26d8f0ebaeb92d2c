"""How often every verdict rule errs, and what it finds: one table of made-up runs.

error_rates.parquet beside this file is written by `mpo-repro claims power --simulate`,
drawn in the report and held against the rules' promises by tests.
"""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from mpo_repro.analysis.statistics import power
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.rules import RULES
from mpo_repro.analysis.statistics.shapes import SHAPES

FILE = Path(__file__).with_suffix(".parquet")
ALPHA = 0.05
RUNS = (3, 5, 10)
DISTANCES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
PROMISED = (5, 2.0)  # runs and distance at which power is promised
CURVE = "normal"  # shape of which the whole curve is drawn
COLUMNS = ("rule", "shape", "runs", "distance", "trials", "positive", "contradicted")
COLUMNS += ("decided", "coverage")


def trials_of(*, promised: bool) -> int:
    """Says how often a rule is tried: more where a promise is held against it."""
    return 2_000 if promised else 500


def points() -> list[tuple[str, int, float]]:
    """Lists shape, runs and distance of the table's rows, the same for every rule."""
    edges = list(product(SHAPES, RUNS, (0.0,)))
    edges += [(shape, *PROMISED) for shape in SHAPES]
    rest = list(product((CURVE,), RUNS, DISTANCES))
    return list(dict.fromkeys(edges + rest))


def simulate(rules: tuple[str, ...] = tuple(RULES), seed: int = 1) -> pd.DataFrame:
    """Simulates all points of rules; takes minutes for all of them.

    Args:
      rules: keys of RULES.
      seed: of each point's generator.

    Returns:
      COLUMNS: distance is from the edge of the claim, in standard deviations of a run;
      positive is the share of trials in which the claim was called supported;
      decided that of any verdict but undecided; coverage is NaN where the
      true effect depends on the shape.
    """
    rows = [_row(rule, *point, seed) for rule in rules for point in points()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(rule: str, shape: str, runs: int, distance: float, seed: int) -> tuple:
    promised = distance == 0 or (runs, distance) == PROMISED
    trials = trials_of(promised=promised)
    table = power.simulate(rule, shape, runs, distance, trials=trials, seed=seed)
    found = power.shares(table)
    shares = (power.positive(found), found[Outcome.CONTRADICTED])
    shares += (1 - found[Outcome.UNDECIDED],)
    shares += (power.coverage(table, rule, distance),)
    return rule, shape, runs, distance, trials, *map(float, shares)


def load() -> pd.DataFrame:
    """Reads the table; see `simulate`."""
    return pd.read_parquet(FILE)


def write(table: pd.DataFrame) -> Path:
    """Replaces the table."""
    table.to_parquet(FILE, index=False)
    return FILE


def false_verdicts(table: pd.DataFrame) -> pd.Series:
    """Says how often a rule errs where its claim is just false.

    Args:
      table: rows of `simulate` at distance 0.

    Returns:
      A share a row: claims called supported; of rules whose alpha is for both sides
      also those called contradicted.
    """
    both = ~table["rule"].map(lambda name: RULES[name].one_sided).astype(bool)
    return table["positive"] + np.where(both, table["contradicted"], 0)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Gathers what is promised of each rule.

    Args:
      table: from `simulate`.

    Returns:
      rule; false_3, false_5, false_10: the greatest share of false verdicts over
      shapes; coverage: the least over shapes and runs, NaN where unknown; power: the
      least over shapes with 5 runs and 2 standard deviations. Rules in their order.
    """
    edge = table[table["distance"] == 0]
    edge = edge.assign(false=false_verdicts(edge))
    worst = edge.groupby(["rule", "runs"])["false"].max().unstack()
    worst = worst.add_prefix("false_")
    runs, distance = PROMISED
    at = table[(table["runs"] == runs) & (table["distance"] == distance)]
    worst["coverage"] = table.groupby("rule")["coverage"].min()
    worst["power"] = at.groupby("rule")["positive"].min()
    order = [name for name in RULES if name in worst.index]
    return worst.loc[order].reset_index().rename_axis(columns=None)
