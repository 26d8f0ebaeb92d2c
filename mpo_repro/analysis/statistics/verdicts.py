"""From evidence to a verdict, by one rule for all tests.

In this order, with p-values (of a family: adjusted) held against the claim's alpha:

1. nothing could be estimated                       -> not testable
2. an arm has fewer runs than the test needs        -> undecided
3. the claim is shown, against its margin           -> supported
4. its opposite is shown                            -> contradicted
5. the effect is shown to be on the claim's side    -> direction shown
6. "less than it needs" is shown                    -> not supported
7. otherwise                                        -> undecided

So nothing but evidence makes a claim fail: the absence of a clear result is 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.wording import Wording, incomplete, sentence

_OPEN = (Outcome.UNDECIDED, Outcome.NOT_TESTABLE)


@dataclass(frozen=True)
class Verdict:
    """A verdict with what it rests on.

    Attributes:
      outcome: see Outcome.
      sentence: the reason, in plain words.
      evidence: of each test that it rests on; none if the claim cannot be tested.
      parts: of a claim that is partly supported, what is.
    """

    outcome: Outcome
    sentence: str
    evidence: tuple[Evidence, ...]
    parts: tuple[str, ...] = ()

    @property
    def incomplete(self) -> bool:
        """Whether planned runs are missing."""
        return any(sum(evidence.missing) for evidence in self.evidence)

    @property
    def waiting(self) -> bool:
        """Whether it is undecided while there are planned runs, or all, missing."""
        missing = self.outcome in _OPEN and self.incomplete
        return missing or self.outcome is Outcome.NOT_RUN


def outcome_of(evidence: Evidence) -> Outcome:
    """Applies the rule above; its number is the line's."""
    alpha = evidence.alpha
    rule = (
        (not np.isfinite(evidence.effect), Outcome.NOT_TESTABLE),
        (min(evidence.runs) < evidence.least_runs, Outcome.UNDECIDED),
        (evidence.p_claim <= alpha, Outcome.SUPPORTED),
        (evidence.p_contrary <= alpha, Outcome.CONTRADICTED),
        (evidence.p_direction <= alpha, Outcome.DIRECTION),
        (evidence.p_absent <= alpha, Outcome.NOT_SUPPORTED),
    )
    return next((name for holds, name in rule if holds), Outcome.UNDECIDED)


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


def combine(
    verdicts: Sequence[Verdict], rule: str | int, labels: Sequence[str] = ()
) -> Verdict:
    """Decides about a claim that rests on several tests, say one a task.

    Args:
      verdicts: of the tests, with evidence adjusted by `multiplicity.adjust`: otherwise
        one of many is supported by luck, and the claim partly.
      rule: all, most (more than half), any or a number: how many must be supported.
      labels: what each test compares; "test 1" and so on if not given.

    Returns:
      `supported` if so many are; else `undecided` while missing runs could still make
      it so; else `direction shown` if so many show at least the direction; else
      `partly supported`, with the parts named, if any is supported; else
      `contradicted` under `all` if one is, and under the other rules if so many are
      that the claim cannot hold; else `not supported` if too many are shown not to be
      for the claim to hold; else `undecided`. What cannot be tested counts as
      undecided; if nothing can be, neither can the claim.

    Raises:
      ValueError: if the rule is none of these or there is no verdict.
    """
    if not verdicts:
        raise ValueError("no verdict to combine")
    least = needed(rule, len(verdicts))
    found = [verdict.outcome for verdict in verdicts]
    outcome = _combined(found, least, sum(verdict.waiting for verdict in verdicts))
    names = distinct(labels) or [f"test {place + 1}" for place in range(len(found))]
    groups = {
        name: [label for label, one in zip(names, found, strict=True) if one is name]
        for name in Outcome
        if name in found
    }
    evidence = tuple(e for verdict in verdicts for e in verdict.evidence)
    words = f"{_asked(rule, len(found))}: {_grouped(groups)}."
    words += incomplete(sum(sum(e.missing) for e in evidence))
    parts = groups[Outcome.SUPPORTED] if outcome is Outcome.PARTLY else ()
    return Verdict(outcome, words, evidence, tuple(parts))


def _asked(rule: str | int, total: int) -> str:
    """Returns how many tests must be supported, as a sentence begins."""
    if rule == "all":
        return f"All {total} tests must be supported"
    many = {"most": "more than half", "any": "at least one"}.get(
        rule, f"at least {rule}"
    )
    return f"Of {total} tests, {many} must be supported"


def _grouped(groups: dict[Outcome, list[str]]) -> str:
    """Returns the outcomes with the tests that have each, named if outcomes differ."""
    counts = {name: f"{len(names)} {name.value}" for name, names in groups.items()}
    if len(groups) == 1:
        return next(iter(counts.values()))
    return ", ".join(f"{counts[n]} ({'; '.join(groups[n])})" for n in groups)


def distinct(labels: Sequence[str]) -> list[str]:
    """Returns labels without the words that all of them begin or end with."""
    words = [label.split() for label in labels]
    if len(set(labels)) < 2:
        return list(labels)
    shortest, head, tail = min(map(len, words)), 0, 0
    while head < shortest - 1 and len({w[head] for w in words}) == 1:
        head += 1
    while tail < shortest - 1 - head and len({w[-1 - tail] for w in words}) == 1:
        tail += 1
    return [" ".join(w[head : len(w) - tail]) for w in words]


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
    total, good = len(found), found.count(Outcome.SUPPORTED)
    right = good + found.count(Outcome.DIRECTION)
    against = found.count(Outcome.CONTRADICTED)
    refuted = against + found.count(Outcome.NOT_SUPPORTED)
    rule = (
        (found.count(Outcome.NOT_TESTABLE) == total, Outcome.NOT_TESTABLE),
        (found.count(Outcome.NOT_RUN) == total, Outcome.NOT_RUN),
        (good >= least, Outcome.SUPPORTED),
        (0 < waiting >= least - good, Outcome.UNDECIDED),
        (right >= least, Outcome.DIRECTION),
        (good > 0, Outcome.PARTLY),
        (total - against < least, Outcome.CONTRADICTED),
        (total - refuted < least, Outcome.NOT_SUPPORTED),
    )
    return next((name for holds, name in rule if holds), Outcome.UNDECIDED)
