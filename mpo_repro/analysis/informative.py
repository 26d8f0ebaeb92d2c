"""Which tasks can tell: those on which a policy that learnt nothing would fail."""

import numpy as np

from mpo_repro.analysis import published
from mpo_repro.config.claim import Claim, Part

_REACHED = ("fails", "never_reaches")  # scores that a return at the threshold passes


def untrained_passes(claim: Claim, part: Part, task: str, theirs: np.ndarray) -> bool:
    """Returns whether an untrained policy would pass a part's test on a task.

    Args:
      claim: gives the scale of the task.
      part: one of its parts.
      task: its name.
      theirs: published scores on that scale, for a test beside published runs.

    Returns:
      Whether the untrained mean is within the margin of the published one, or at the
      threshold; false where no untrained policy was measured, and for other tests.
    """
    returns = published.untrained(task)
    if not len(returns):
        return False
    low, high = claim.scale(task)
    score = (returns.mean() - low) / (high - low)
    if part.test.name == "not_below_published" and len(theirs):
        mean = float(theirs.mean())
        margin = (part.test.margin or 0.0) + (part.test.share or 0.0) * abs(mean)
        return bool(score >= mean - margin)
    if part.measure.score in _REACHED:
        return bool(score >= (part.measure.threshold or 1.0))
    return False
