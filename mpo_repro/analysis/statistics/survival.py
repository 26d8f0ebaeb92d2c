"""Steps to a threshold where some runs never reach it: no run is dropped.

A run that has not reached the threshold when it ends says that it takes longer. The
Kaplan-Meier curve uses that; its area up to a horizon is the restricted mean.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from mpo_repro.analysis.statistics.differences import claim_superiority
from mpo_repro.analysis.statistics.estimates import Student
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.missing import run_counts

Times = tuple[np.ndarray, np.ndarray]


def _observed(times: np.ndarray, reached: np.ndarray) -> Times:
    """Leaves out runs without a time (NaN)."""
    steps, status = np.asarray(times, np.float64), np.asarray(reached, bool)
    if steps.shape != status.shape or steps.ndim != 1:
        raise ValueError(f"times {steps.shape} do not fit reached {status.shape}")
    present = ~np.isnan(steps)
    return steps[present], status[present]


def kaplan_meier(times: np.ndarray, reached: np.ndarray) -> pd.DataFrame:
    """Estimates what share of runs has not reached the threshold yet.

    Args:
      times: environment steps, NaN for missing runs, [S]; see
        `efficiency.steps_to_threshold`.
      reached: false where times is only the run's end, [S].

    Returns:
      time, at_risk, events, share (just after that time), a row for each time at
      which a run reached the threshold.
    """
    names = ("time", "at_risk", "events", "share")
    return pd.DataFrame(
        dict(zip(names, _curve(*_observed(times, reached)), strict=True))
    )


def _curve(steps: np.ndarray, status: np.ndarray) -> tuple[np.ndarray, ...]:
    """Gives the columns of `kaplan_meier`, without gaps in steps."""
    time, events = np.unique(steps[status], return_counts=True)
    at_risk = (steps >= time[:, None]).sum(axis=1)
    return time, at_risk, events, np.cumprod(1 - events / at_risk)


def restricted_mean(times: np.ndarray, reached: np.ndarray, horizon: float) -> Student:
    """Estimates the mean number of steps to the threshold, cut at a horizon.

    Args:
      times, reached: see `kaplan_meier`.
      horizon: in environment steps, at most the budget.

    Returns:
      The estimate in environment steps, Greenwood's variance times n / (n - 1): without
      early ends it is Student's mean of min(time, horizon). NaN below two runs.

    Raises:
      ValueError: if runs ended before the horizon such that the curve is unknown there.

    Source: Irwin (1949); Royston, Parmar (2013), BMC Medical Research Methodology 13.
    """
    steps, status = _observed(times, reached)
    if len(steps) < 2:
        return Student(np.nan, np.nan, np.nan)
    # What a run does after the horizon does not enter.
    time, at_risk, events, share = _curve(steps, status & (steps < horizon))
    left = share[-1] if len(share) else 1.0
    if left > 0 and steps.max() < horizon:
        raise ValueError(f"no run was watched up to the horizon of {horizon:g} steps")
    edges = np.concatenate([[0.0], time, [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], share])
    beyond = areas[::-1].cumsum()[::-1][1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = beyond**2 * events / (at_risk * (at_risk - events))
    n = len(steps)
    # Where the last run at risk reaches the threshold, nothing lies beyond: 0 / 0.
    variance = np.nansum(np.where(beyond > 0, terms, 0)) * n / (n - 1)
    return Student(float(areas.sum()), float(np.sqrt(variance)), float(n - 1))


@dataclass(frozen=True)
class TimeRatio:
    """The ratio of b's restricted mean to a's, by tests of mean_b - r mean_a = 0.

    No logarithm is taken: with five runs it would cost a tenth of the power.

    Attributes:
      a, b: restricted means.

    Source: Fieller (1954), JRSS B 16, with Welch's degrees of freedom.
    """

    least_runs: ClassVar[int] = Student.least_runs

    a: Student
    b: Student

    @property
    def effect(self) -> float:
        return self.b.effect / self.a.effect

    @property
    def se(self) -> float:
        return self._at(1).se / self.a.effect

    @property
    def df(self) -> float:
        return self._at(1).df

    def _at(self, ratio: float) -> Student:
        """Estimates mean_b - ratio * mean_a."""
        effect = self.b.effect - ratio * self.a.effect
        parts = np.array([(ratio * self.a.se) ** 2, self.b.se**2])
        freedom = np.array([self.a.df, self.b.df])
        total = parts.sum()
        if total == 0:
            return Student(effect, 0.0, float(freedom.sum()))
        df = 1 / ((parts / total) ** 2 / freedom).sum()
        return Student(effect, float(np.sqrt(total)), float(df))

    def above(self, x: float) -> float:
        return self._at(x).above(0)

    def below(self, x: float) -> float:
        return self._at(x).below(0)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Inverts the tests; from 0 or to infinity where they refuse no ratio there."""
        if not np.isfinite(self.effect) or self.a.se == self.b.se == 0:
            return self.effect, self.effect
        level = (1 - confidence) / 2
        low, high, far = 0.0, np.inf, self.effect * 1e6
        if self.above(0) < level:
            low = brentq(lambda x: self.above(x) - level, 0, self.effect)
        if self.below(far) < level:
            high = brentq(lambda x: self.below(x) - level, self.effect, far)
        return low, high


def faster(
    a: Times,
    b: Times,
    *,
    horizon: float,
    margin: float = 1.0,
    alpha: float = 0.05,
    interest: float | None = None,
) -> Evidence:
    """Tests "b needs more steps to the threshold than a, by more than the margin".

    Args:
      a, b: times and reached of each arm; see `kaplan_meier`.
      horizon: in environment steps; see `restricted_mean`. Where b's runs do not reach
        the threshold before it, the ratio understates how much faster a is, and is no
        evidence that a is less so than the margin: p_absent is 1.
      margin: the smallest ratio that counts, at least 1 (10 for "ten times faster").
      alpha: see Evidence.
      interest: the ratio at which power is given.

    Returns:
      Evidence under the name `faster`; effect, interval, margin and interest are ratios
      of steps, b's to a's.

    Raises:
      ValueError: if the margin is below 1.
    """
    if margin < 1:
        raise ValueError(f"a ratio that counts is at least 1, not {margin}")
    runs, missing = run_counts(a[0], b[0])
    ratio = TimeRatio(restricted_mean(*a, horizon), restricted_mean(*b, horizon))
    evidence = claim_superiority(
        ratio,
        runs,
        missing,
        margin=margin - 1,
        alpha=alpha,
        null=1.0,
        interest=None if interest is None else interest - 1,
    )
    if _cut_off(*b, horizon) and margin > 1:
        evidence = replace(evidence, p_absent=1.0)
    return replace(
        evidence, test="faster", margin=margin, interest=1 + evidence.interest
    )


def _cut_off(times: np.ndarray, reached: np.ndarray, horizon: float) -> bool:
    """Says whether some run had not reached the threshold at the horizon."""
    steps, status = _observed(times, reached)
    return bool((~status | (steps > horizon)).any())
