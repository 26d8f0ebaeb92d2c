"""Designs that could not decide their claim, and what it takes to keep one.

A design with a flaw is refused, unless the claim's `despite` has a reason for it.
"""

from collections.abc import Mapping

from mpo_repro.analysis.trials import shape
from mpo_repro.config import Study
from mpo_repro.config.claim import Claim, Part
from mpo_repro.config.claim_part import PUBLISHED
from mpo_repro.config.errors import ConfigError
from mpo_repro.config.recipes import recipe_hash


def of_design(claim: Claim, studies: Mapping[str, Study]) -> dict[str, str]:
    """Finds flaws that a claim and its studies show by themselves.

    Args:
      claim: whose parts fit their studies.
      studies: by the name that parts give.

    Returns:
      A sentence a flaw: `ceiling`, where the margin, or the effect expected, lies
      beyond the largest effect that the runs could show; `identical`, where an arm
      has the reference's very settings.
    """
    found: dict[str, str] = {}
    for part in claim.parts:
        study = studies[part.study]
        most = part.expected.ceiling or ceiling(part, study)
        asked = max(part.test.margin or 0.0, part.expected.effect)
        if most is not None and (asked > most or (part.test.margin or 0) == most):
            text = f"{part.name}: an effect of {asked:g} where the runs can show "
            found["ceiling"] = f"{text}{most:g} at most"
        if same := _identical(part, study):
            text = f"{part.name}: {same} has the settings of {part.reference}"
            found["identical"] = text
    return found


def ceiling(part: Part, study: Study) -> float | None:
    """Returns the largest effect that the scale of a part's measure allows.

    Scores lie between 0 and 1, and a threshold is reached at the first evaluation at
    the earliest. None where a test has no such bound.
    """
    if part.test.name == "faster":
        tasks = part.tasks or study.tasks
        return max(map(study.budget, tasks)) / study.evaluation.interval
    bounds = {"superiority": 1.0, "suite_superiority": 1.0, "interaction": 2.0}
    return bounds.get(part.test.name)


def _identical(part: Part, study: Study) -> str:
    """Returns the first arm that is the reference under another name, or nothing."""
    if part.reference in (None, PUBLISHED):
        return ""
    if shape(part) not in ("each", "suite", "cells"):
        return ""
    tasks = part.tasks or study.tasks
    executed = study.arms[part.reference].execution
    for arm in part.treatments:
        if study.arms[arm].execution != executed:  # what the comparison is of
            continue
        pairs = [
            {
                recipe_hash(study.recipe(name), task, study.backend_of(task))
                for name in (arm, part.reference)
            }
            for task in tasks
        ]
        if all(len(pair) == 1 for pair in pairs):
            return arm
    return ""


def refuse(claim: Claim, found: Mapping[str, str]) -> None:
    """Refuses a design with a flaw for which the claim has no reason.

    Raises:
      ConfigError: naming the flaw.
    """
    for flaw, text in found.items():
        if flaw not in claim.despite:
            hint = f"another design, or a reason to keep this one ({text})"
            raise ConfigError(f"claim {claim.id}", f"despite.{flaw}", "nothing", hint)
