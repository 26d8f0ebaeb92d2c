"""Steps to a threshold where some runs never reach it: no run is dropped.

A run that has not reached the threshold when it ends says that it takes longer. The
Kaplan-Meier curve uses that; its area up to a horizon is the restricted mean.
"""

import numpy as np
import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight

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
    steps, status = _observed(times, reached)
    if not status.any():
        return pd.DataFrame({"time": [], "at_risk": [], "events": [], "share": []})
    curve = SurvfuncRight(steps, status)
    columns = {
        "time": curve.surv_times,
        "at_risk": curve.n_risk,
        "events": curve.n_events,
        "share": curve.surv_prob,
    }
    table = pd.DataFrame(columns)
    return table[table["events"] > 0].reset_index(drop=True)


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
    table = kaplan_meier(steps, status)
    table = table[table["time"] < horizon]
    left = 1.0 if table.empty else table["share"].iloc[-1]
    if left > 0 and steps.max() < horizon:
        raise ValueError(f"no run was watched up to the horizon of {horizon:g} steps")
    edges = np.concatenate([[0.0], table["time"], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], table["share"]])
    beyond = areas[::-1].cumsum()[::-1][1:]
    at_risk, events = table["at_risk"].to_numpy(), table["events"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = beyond**2 * events / (at_risk * (at_risk - events))
    n = len(steps)
    # Where the last run at risk reaches the threshold, nothing lies beyond: 0 / 0.
    variance = np.nansum(np.where(beyond > 0, terms, 0)) * n / (n - 1)
    return Student(float(areas.sum()), float(np.sqrt(variance)), float(n - 1))


def log_time_ratio(a: Times, b: Times, horizon: float) -> Student:
    """Estimates log(restricted mean of b / that of a): above 0 if a is faster.

    Args:
      a, b: times and reached of each arm; see `kaplan_meier`.
      horizon: in environment steps. Where b's runs reach it, the ratio understates how
        much faster a is.

    Returns:
      The estimate (delta method, Satterthwaite's degrees of freedom).
    """
    first, second = (restricted_mean(*arm, horizon) for arm in (a, b))
    effect = float(np.log(second.effect / first.effect))
    parts = np.array([(arm.se / arm.effect) ** 2 for arm in (first, second)])
    total = parts.sum()
    if not total > 0:
        return Student(effect, float(total), first.df + second.df)
    df = 1 / ((parts / total) ** 2 / [first.df, second.df]).sum()
    return Student(effect, float(np.sqrt(total)), float(df))


def faster(
    a: Times,
    b: Times,
    *,
    horizon: float,
    margin: float = 1.0,
    alpha: float = 0.05,
    interest: float | None = None,
) -> Evidence:
    """Tests "a needs fewer steps to the threshold than b".

    Args:
      a, b: times and reached of each arm; see `kaplan_meier`.
      horizon: see `log_time_ratio`.
      margin: the smallest ratio that counts, at least 1 (10 for "ten times faster").
      alpha: see Evidence.
      interest: the ratio at which power is given; by default the margin.

    Returns:
      Evidence under the name `faster`; effect, interval, margin and interest are ratios
      of steps, b's to a's.

    Raises:
      ValueError: if the margin is below 1.
    """
    if margin < 1:
        raise ValueError(f"a ratio that counts is at least 1, not {margin}")
    runs, missing = run_counts(a[0], b[0])
    evidence = claim_superiority(
        log_time_ratio(a, b, horizon),
        runs,
        missing,
        margin=float(np.log(margin)),
        alpha=alpha,
        interest=None if interest is None else float(np.log(interest)),
    )
    return evidence.on_scale(np.exp).named("faster")
