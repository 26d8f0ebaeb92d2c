"""The power that a claim has with the seeds it is given, before any run.

Made-up normal scores, as the claim expects them if it is true, go through the very
tests, corrections and rule that real ones go through; published runs are the real ones.
Letters: S runs an arm.
"""

from dataclasses import dataclass

import numpy as np

from mpo_repro.analysis import claim_check, flaws, trials
from mpo_repro.analysis.informative import untrained_passes
from mpo_repro.analysis.statistics import registry
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.multiplicity import adjust
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.verdicts import combine, decide
from mpo_repro.config.claim import Claim, Part
from mpo_repro.config.claim_part import PUBLISHED
from mpo_repro.config.study import Study

TRIALS = 100
ENOUGH = 0.5  # with less power, a design needs a reason
HORIZON = 1.0


@dataclass(frozen=True)
class Power:
    """What a claim may expect.

    Attributes:
      seeds: of the arm that has the fewest.
      share: chance that it is supported if it is true; NaN if it needs no runs.
      error: standard error of that share.
      never: tests that no simulated study supported.
    """

    seeds: int
    share: float
    error: float
    never: tuple[str, ...] = ()

    @property
    def flaws(self) -> dict[str, str]:
        """What speaks against the design, a sentence each; see `config.claim.Flaw`."""
        found: dict[str, str] = {}
        if self.never:
            text = "no simulated study in which the claim is true supports"
            found["impossible"] = f"{text} {', '.join(self.never)}"
        if self.share < ENOUGH:
            found["power"] = (
                f"if it is true, {100 * self.share:.0f} % of studies support it, where "
                f"{100 * ENOUGH:.0f} % are asked for"
            )
        return found


def power(claim: Claim, repeats: int = TRIALS, seed: int = 0) -> Power:
    """Computes a claim's power within its own tests.

    Other claims of its family are not counted in: with them it is lower.

    Args:
      claim: as read.
      repeats: how many times the whole claim is simulated.
      seed: of the generator.

    Raises:
      ConfigError: if the claim names what is not there.
    """
    studies = claim_check.check(claim)
    if not claim.parts:
        return Power(0, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    counts = [
        len(studies[part.study].seeds_of(arm))
        for part in claim.parts
        for arm in _arms(part)
    ]
    found = [_simulate(claim, studies, rng) for _ in range(repeats)]
    share = float(np.mean([whole for whole, _ in found]))
    error = float(np.sqrt(share * (1 - share) / repeats))
    tests = [each for _, each in found]
    never = tuple(name for name in tests[0] if not any(each[name] for each in tests))
    return Power(min(counts), share, error, never)


def refuse(claim: Claim, found: Power) -> None:
    """Refuses a claim that its runs could hardly decide.

    Raises:
      ConfigError: naming the flaw for which the claim has no reason.
    """
    if claim.parts:
        flaws.refuse(claim, found.flaws)


def with_deviations(claim: Claim, found: dict[str, float]) -> Claim:
    """Returns the claim as it would be with other standard deviations of a run.

    Args:
      claim: as read.
      found: part's name -> standard deviation; parts without one keep theirs.
    """

    def changed(part: Part) -> Part:
        sd = found.get(part.name, np.nan)
        if np.isnan(sd):
            return part
        expected = part.expected.model_copy(update={"sd": sd})
        return part.model_copy(update={"expected": expected})

    return claim.model_copy(update={"parts": tuple(map(changed, claim.parts))})


def _arms(part: Part) -> tuple[str, ...]:
    alone = part.reference in (None, PUBLISHED)
    return part.treatments if alone else (*part.treatments, part.reference)


def _simulate(claim: Claim, studies: dict[str, Study], rng) -> tuple[bool, dict]:
    """Simulates the claim once: whether it is supported, and test -> whether it is."""
    made, names = [], []
    for part in claim.parts:
        tests = _simulated(claim, part, studies[part.study], rng)
        made += tests
        several = len(tests) > 1
        names += [
            f"{part.name} (test {n + 1})" if several else part.name
            for n in range(len(tests))
        ]
    together = [claim.id if claim.rule == "all" else None] * len(made)
    verdicts = [decide(evidence) for evidence in adjust(made, together)]
    enough = not isinstance(claim.rule, int) or claim.rule <= len(verdicts)
    whole = enough and combine(verdicts, claim.rule).outcome is Outcome.SUPPORTED
    held = [verdict.outcome is Outcome.SUPPORTED for verdict in verdicts]
    return whole, dict(zip(names, held, strict=True))


def _simulated(claim: Claim, part: Part, study: Study, rng) -> list[Evidence]:
    tasks = claim_check.tasks_of(part, study)
    taken = registry.setting_names(part.test.name)
    settings = trials.settings(part, ())
    if "horizon" in taken:
        settings["horizon"] = HORIZON
    return [
        trials.tested(part, data, claim.minimum_seeds, settings)
        for data in _data(claim, part, study, tasks, rng)
    ]


def _data(claim: Claim, part: Part, study: Study, tasks, rng) -> list[tuple]:
    """Makes the data of each of the part's tests."""
    effect, sd = min(part.expected.effect, _most(part)), part.expected.sd
    kind = trials.shape(part)
    sizes = {arm: len(study.seeds_of(arm)) for arm in _arms(part)}

    def draw(arm: str, mean: float = 0.0) -> np.ndarray:
        return rng.normal(mean, sd, (sizes[arm], len(tasks)))

    if kind == "failures":
        together, tests = (1, len(tasks)) if part.per_task else (len(tasks), 1)
        counts = [sizes[arm] * together for arm in part.treatments] * tests
        return [((rng.random(n) < effect).astype(float),) for n in counts]
    if kind == "published" or part.reference == PUBLISHED:
        ours = [draw(arm, effect) for arm in part.treatments]
        return _beside_published(claim, part, study, tasks, ours)
    reference = draw(part.reference)
    if part.measure.score == "steps_to":
        return _times(part, reference, sizes, rng)
    arms = {arm: draw(arm, effect) for arm in part.treatments}
    if kind == "suite":
        return [(scores, reference) for scores in arms.values()]
    if kind == "cells":
        return [_cells(scores, reference, effect) for scores in arms.values()]
    return [
        (scores[:, task], reference[:, task])
        for scores in arms.values()
        for task in range(len(tasks))
    ]


def _most(part: Part) -> float:
    """Returns the largest effect that a part's runs can show, as far as is known."""
    return np.inf if part.expected.ceiling is None else part.expected.ceiling


def _beside_published(claim: Claim, part: Part, study: Study, tasks, ours) -> list:
    """Moves made-up scores to where the published ones are, task by task."""
    made = []
    for column, task in enumerate(tasks):
        known = trials.published_scores(claim, part, task, study.budget(task))
        if len(known) and not untrained_passes(claim, part, task, known):
            made += [(scores[:, column] + known.mean(), known) for scores in ours]
    return made


def _cells(scores: np.ndarray, reference: np.ndarray, effect: float) -> tuple:
    """Makes a change that has the effect in the first setting only."""
    first = (scores[:, 0], reference[:, 0])
    return first, (scores[:, 1] - effect, reference[:, 1])


def _times(part: Part, reference: np.ndarray, sizes: dict[str, int], rng) -> list:
    """Makes steps to a threshold that the reference reaches at about the horizon."""
    sd, ratio = part.expected.sd, min(part.expected.effect, _most(part))
    slow = np.maximum(HORIZON * (1 + reference), 0)
    made = []
    for arm in part.treatments:
        for task in range(reference.shape[1]):
            fast = HORIZON / ratio * rng.normal(1, sd, sizes[arm])
            pair = (np.maximum(fast, 0), slow[:, task])
            made.append(tuple((np.minimum(t, HORIZON), t < HORIZON) for t in pair))
    return made
