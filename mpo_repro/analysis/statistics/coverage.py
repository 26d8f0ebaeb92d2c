"""How often intervals for a mean of bounded scores hold it, by simulation.

    python -m mpo_repro.analysis.statistics.coverage

prints the table of docs/statistics.md (about a minute). Scores lie between 0 and 1.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from mpo_repro.analysis.quantiles import mean_interval
from mpo_repro.analysis.statistics import bootstrap
from mpo_repro.analysis.statistics.aggregates import AGGREGATES

RUNS = (3, 5, 10)
TRIALS, RESAMPLES = 2_000, 2_000
Draw = Callable[[np.random.Generator, int], np.ndarray]


def _learnt(share: float) -> Draw:
    """Draws runs of which a share learnt the task, near 0.9, and the others did not."""

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        return np.where(rng.random(n) < share, rng.beta(45, 5, n), rng.beta(2, 38, n))

    return draw


# Name -> draw, mean of the distribution.
SCORES: dict[str, tuple[Draw, float]] = {
    "alike, in the middle": (lambda rng, n: rng.beta(12, 12, n), 0.5),
    "alike, near the top": (lambda rng, n: rng.beta(18, 1, n), 18 / 19),
    "skewed, near 0": (lambda rng, n: rng.beta(0.5, 8, n), 0.5 / 8.5),
    "half learnt": (_learnt(0.5), 0.5 * 0.9 + 0.5 * 0.05),
    "a fifth failed": (_learnt(0.8), 0.8 * 0.9 + 0.2 * 0.05),
}


def student(values: np.ndarray) -> tuple[float, float]:
    """Returns Student's 95 % interval, cut at the range."""
    found = mean_interval(values, bounds=(0.0, 1.0))
    return found["low"], found["high"]


def resampled(values: np.ndarray) -> tuple[float, float]:
    """Returns the widened percentile bootstrap's 95 % interval."""
    mean = {"mean": AGGREGATES["mean"]}
    found = bootstrap.estimate(values[:, None], mean, resamples=RESAMPLES)
    low, high = found["mean"].interval(0.95)
    return max(0.0, low), min(1.0, high)


METHODS = {"student": student, "bootstrap": resampled}


def simulate(trials: int = TRIALS, seed: int = 0) -> pd.DataFrame:
    """Applies each method to made-up runs again and again.

    Returns:
      scores, runs, method, coverage (share of trials whose interval holds the mean)
      and width (mean, of the range), a row each.
    """
    rows = []
    for name, (draw, mean) in SCORES.items():
        for runs in RUNS:
            rng = np.random.default_rng(seed)
            samples = [draw(rng, runs) for _ in range(trials)]
            for method, interval in METHODS.items():
                ends = np.array([interval(sample) for sample in samples])
                held = (ends[:, 0] <= mean) & (mean <= ends[:, 1])
                width = float(np.ptp(ends, axis=1).mean())
                rows.append((name, runs, method, float(held.mean()), width))
    return pd.DataFrame(rows, columns=["scores", "runs", "method", "coverage", "width"])


def markdown(table: pd.DataFrame) -> str:
    """Returns the table as docs/statistics.md shows it: coverage (width)."""
    lines = ["| Scores | Interval | 3 runs | 5 runs | 10 runs |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for (name, method), rows in table.groupby(["scores", "method"], sort=False):
        cells = [
            f"{100 * row.coverage:.0f} % ({row.width:.2f})" for row in rows.itertuples()
        ]
        lines.append(f"| {name} | {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown(simulate()))
