"""From evidence to a verdict, by one rule for all tests.

In this order, with p-values (of a family: adjusted) held against the claim's alpha:

1. nothing could be estimated                       -> not testable
2. an arm has fewer runs than the test needs        -> inconclusive (underpowered)
3. the claim and "less than it needs" are shown     -> partly replicated
4. the claim is shown                               -> replicated
5. its opposite is shown                            -> contradicted
6. "less than it needs" is shown                    -> not replicated
7. otherwise                                        -> inconclusive (underpowered)

So nothing but evidence makes a claim fail: the absence of a clear result is 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.wording import Wording, incomplete, sentence


class Outcome(StrEnum):
    """The verdicts, from the best for a claim to the emptiest."""

    REPLICATED = "replicated"
    PARTLY = "partly replicated"
    NOT_REPLICATED = "not replicated"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive (underpowered)"
    NOT_TESTABLE = "not testable"


@dataclass(frozen=True)
class Verdict:
    """A verdict with what it rests on.

    Attributes:
      outcome: see Outcome.
      sentence: the reason, in plain words.
      evidence: of each test that it rests on; none if the claim cannot be tested.
    """

    outcome: Outcome
    sentence: str
    evidence: tuple[Evidence, ...]

    @property
    def incomplete(self) -> bool:
        """Whether planned runs are missing."""
        return any(sum(evidence.missing) for evidence in self.evidence)

    @property
    def waiting(self) -> bool:
        """Whether it is undecided while there are planned runs, or all, missing."""
        undecided = (Outcome.INCONCLUSIVE, Outcome.NOT_TESTABLE)
        return self.outcome in undecided and (self.incomplete or not self.evidence)


def outcome_of(evidence: Evidence) -> Outcome:
    """Applies the rule above; its number is the line's."""
    alpha = evidence.alpha
    claim = evidence.p_claim <= alpha
    absent = evidence.p_absent <= alpha
    rule = (
        (not np.isfinite(evidence.effect), Outcome.NOT_TESTABLE),
        (min(evidence.runs) < evidence.least_runs, Outcome.INCONCLUSIVE),
        (claim and absent, Outcome.PARTLY),
        (claim, Outcome.REPLICATED),
        (evidence.p_contrary <= alpha, Outcome.CONTRADICTED),
        (absent, Outcome.NOT_REPLICATED),
    )
    return next((name for holds, name in rule if holds), Outcome.INCONCLUSIVE)


def decide(evidence: Evidence, wording: Wording | None = None) -> Verdict:
    """Decides about a claim that rests on one test.

    Args:
      evidence: of the test, with adjusted p-values if it belongs to a family.
      wording: how the sentence names the effect and its unit.

    Returns:
      The verdict.
    """
    outcome = outcome_of(evidence)
    words = sentence(outcome.value, evidence, wording or Wording())
    return Verdict(outcome, words, (evidence,))


def untestable(reason: str) -> Verdict:
    """Gives the verdict on a claim for which there can be no runs.

    Args:
      reason: a sentence: what is lacking.
    """
    return Verdict(Outcome.NOT_TESTABLE, reason, ())


def combine(verdicts: Sequence[Verdict], rule: str | int) -> Verdict:
    """Decides about a claim that rests on several tests, say one a task.

    Args:
      verdicts: of the tests, with evidence adjusted by `multiplicity.adjust`: otherwise
        one of many is replicated by luck, and the claim partly.
      rule: all, most (more than half), any or a number: how many must be replicated.

    Returns:
      `replicated` if so many are; else `contradicted` under `all` if one is and none is
      replicated, and under the other rules if so many are that the claim cannot hold;
      else `partly replicated` if any is at least partly; else `not replicated` if too
      many are shown not to be for the claim to hold; else inconclusive. What cannot be
      tested counts as inconclusive; if nothing can be, neither can the claim. While
      missing runs could still make a claim replicated, it is not partly so but
      inconclusive.

    Raises:
      ValueError: if the rule is none of these or there is no verdict.
    """
    if not verdicts:
        raise ValueError("no verdict to combine")
    least = needed(rule, len(verdicts))
    found = [verdict.outcome for verdict in verdicts]
    outcome = _combined(found, least, sum(verdict.waiting for verdict in verdicts))
    counts = {name: found.count(name) for name in Outcome if name in found}
    parts = ", ".join(f"{count} {name.value}" for name, count in counts.items())
    asked = {"all": "all", "most": "most", "any": "at least one"}
    evidence = tuple(e for verdict in verdicts for e in verdict.evidence)
    missing = sum(sum(e.missing) for e in evidence)
    many = asked.get(rule, f"at least {rule}")
    words = f"Of {len(found)} tests, {many} must be replicated: {parts}."
    return Verdict(outcome, words + incomplete(missing), evidence)


def needed(rule: str | int, total: int) -> int:
    """Says how many of so many tests a claim needs.

    Raises:
      ValueError: if there is no such rule, or fewer tests.
    """
    known = {"all": total, "most": total // 2 + 1, "any": 1}
    least = known.get(rule, rule)
    if not isinstance(least, int) or not 1 <= least <= total:
        raise ValueError(f"rule {rule!r}; allowed: all, most, any, 1 to {total}")
    return least


def _combined(found: list[Outcome], least: int, waiting: int) -> Outcome:
    if all(outcome is Outcome.NOT_TESTABLE for outcome in found):
        return Outcome.NOT_TESTABLE
    total = len(found)
    good, partly = found.count(Outcome.REPLICATED), found.count(Outcome.PARTLY)
    against = found.count(Outcome.CONTRADICTED)
    refuted = against + found.count(Outcome.NOT_REPLICATED)
    if good >= least:
        return Outcome.REPLICATED
    if good + partly == 0 and total - against < least:
        return Outcome.CONTRADICTED
    if good + partly:
        return Outcome.INCONCLUSIVE if good + waiting >= least else Outcome.PARTLY
    return Outcome.NOT_REPLICATED if total - refuted < least else Outcome.INCONCLUSIVE
