"""How runs scatter, as found, to lay beside what was assumed before them."""

from collections.abc import Sequence

import numpy as np

from mpo_repro.analysis.claim_data import Runs, step_times, values
from mpo_repro.analysis.trial import Trial
from mpo_repro.analysis.trials import shape
from mpo_repro.config.claim import Part


def deviation(part: Part, made: Sequence[Trial]) -> float:
    """Returns the standard deviation of a run that a part's tests found.

    Args:
      part: of a claim.
      made: its tests; those without data do not count.

    Returns:
      Pooled over arms and tasks, in the unit of `expected.sd`; NaN for shares of
      failures, and where no arm has two runs.
    """
    if shape(part) == "failures":
        return np.nan
    groups = {(runs.arm, runs.task): runs for one in made for runs in one.runs}
    found, freedom = 0.0, 0
    for runs in groups.values():
        scores = _plain(part, runs)
        if len(scores) > 1:
            found += float(((scores - scores.mean()) ** 2).sum())
            freedom += len(scores) - 1
    return float(np.sqrt(found / freedom)) if freedom else np.nan


def _plain(part: Part, runs: Runs) -> np.ndarray:
    """Measures the runs that have a score; steps in shares of their mean."""
    if part.measure.score != "steps_to":
        scores = values(runs, part.measure)
        return scores[~np.isnan(scores)]
    times, _ = step_times(runs, part.measure)
    times = times[~np.isnan(times)]
    return times / times.mean() if len(times) else times
