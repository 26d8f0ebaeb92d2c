"""Training episodes in place of evaluations, beside a test with published runs.

Whether published points are training or evaluation episodes is not known: a claim that
holds with both does not rest on the answer.
"""

import numpy as np

from mpo_repro.analysis import trials
from mpo_repro.analysis.results import Results
from mpo_repro.analysis.scores import late_scores
from mpo_repro.analysis.statistics.verdicts import outcome_of
from mpo_repro.analysis.trial import Trial
from mpo_repro.config.claim import Claim, Part

TRAINING = "behaviour"


def second_reading(claim: Claim, part: Part, trial: Trial, results: Results) -> str:
    """Makes a test beside published runs with our training episodes.

    Args:
      claim: gives the scale of the task.
      part: of the claim.
      trial: of the part, with data.
      results: of its study.

    Returns:
      A sentence with the difference and the test's own outcome, not corrected for
      others; empty for other tests, and without training episodes of every run.
    """
    if trials.shape(part) != "published" or trial.data is None:
        return ""
    (runs,) = trial.runs
    curves, (ours, theirs) = results.curves, trial.data
    chosen = curves[(curves["task"] == runs.task) & (curves["arm"] == runs.arm)]
    end = part.measure.at or int(runs.steps[-1])
    low, high = claim.scale(runs.task)
    scores = late_scores(chosen, TRAINING, end)["score"].to_numpy()
    if len(scores) != len(ours):
        return ""
    scores = np.where(np.isnan(ours), np.nan, (scores - low) / (high - low))
    given = trials.settings(part, trial.runs)
    found = trials.tested(part, (scores, theirs), claim.minimum_seeds, given)
    return (
        f" With training episodes in place of evaluations the difference is "
        f"{found.effect:.3g}: {outcome_of(found).value}, were it the only test."
    )
