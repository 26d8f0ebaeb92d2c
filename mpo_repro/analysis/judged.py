"""What came out of a claim's tests, and how its numbers are called."""

from dataclasses import dataclass

from mpo_repro.analysis.registration import Registration
from mpo_repro.analysis.spread import deviation
from mpo_repro.analysis.statistics import looks
from mpo_repro.analysis.statistics.evidence import Evidence
from mpo_repro.analysis.statistics.outcomes import Outcome
from mpo_repro.analysis.statistics.verdicts import Verdict, needed
from mpo_repro.analysis.statistics.wording import Wording
from mpo_repro.analysis.trial import Trial
from mpo_repro.config.claim import Claim, Part
from mpo_repro.config.claim_part import PUBLISHED

WORDS = {
    "final": "the final return",
    "area": "the return averaged over training",
    "steadiness": "steadiness (1 minus the worst drop)",
    "steps_to": "the number of steps to the threshold",
    "fails": "the share of failed runs",
    "drops": "the share of runs that collapse",
    "never_reaches": "the share of runs that never reach the threshold",
}


@dataclass(frozen=True)
class Tested:
    """A trial with what came out.

    Attributes:
      part: of the claim.
      trial: the test's runs and data.
      evidence: adjusted within the claim's family; None without data.
      verdict: on this test alone.
      reading: see `second_reading`.
    """

    part: Part
    trial: Trial
    evidence: Evidence | None
    verdict: Verdict
    reading: str = ""


@dataclass(frozen=True)
class Judged:
    """A claim with its verdict.

    Attributes:
      claim: as read.
      verdict: None if there is nothing to judge it by yet.
      tests: what the verdict rests on.
      needs: studies (and certificates) that the verdict lacks.
      registration: when it was fixed.
    """

    claim: Claim
    verdict: Verdict | None
    tests: tuple[Tested, ...]
    needs: tuple[str, ...]
    registration: Registration

    @property
    def outcome(self) -> str:
        """The verdict's name; `not run` without any run to judge by."""
        return (self.verdict.outcome if self.verdict else Outcome.NOT_RUN).value

    @property
    def exploratory(self) -> str:
        """Why it is no confirmation, its runs having been seen, or empty."""
        if self.decisive is None:
            return ""
        if any(part.reference == PUBLISHED for part in self.claim.parts):
            return "published runs are one of its arms"
        return self.registration.state * self.registration.exploratory

    @property
    def missing(self) -> tuple[str, ...]:
        """Planned runs without a score, named, each once."""
        named = (text for test in self.tests for text in test.trial.missing)
        return tuple(dict.fromkeys(named))

    @property
    def deviations(self) -> dict[str, float]:
        """Part -> standard deviation of a run as found; see `spread.deviation`."""
        found = {}
        for part in self.claim.parts:
            made = [test.trial for test in self.tests if test.part.name == part.name]
            found[part.name] = deviation(part, made)
        return found

    @property
    def decisive(self) -> Tested | None:
        """The test that decides: the last of those that the rule needs, by strength."""
        made = [test for test in self.tests if test.evidence]
        made = [test for test in made if test.evidence.p_claim == test.evidence.p_claim]
        made.sort(key=lambda test: test.evidence.p_claim)
        if not made:
            return None
        return made[min(needed(self.claim.rule, len(self.tests)), len(made)) - 1]


def looked(part: Part, evidence: Evidence) -> str:
    """Says which of several looks at growing data was the last; empty if there is one.

    Args:
      part: names the looks.
      evidence: of the part's test.
    """
    if not (planned := part.test.looks):
        return ""
    made = len(looks.made(evidence.runs[0], planned))
    share = f"{looks.level(evidence.alpha, planned, evidence.runs[1]):.3g}"
    return f" Look {made} of {len(planned)}, each with an error rate of {share}."


def wording(part: Part) -> Wording:
    """Says what a part's effect is, as it stands in a sentence."""
    words, name = WORDS[part.measure.score], part.test.name
    if part.measure.at is not None:
        words += f" at {part.measure.at:,} steps"
    if name == "faster":
        return Wording("the reference's steps to the threshold over the treatment's")
    if name == "rarely_fails":
        return Wording(words)
    kind = {
        "interaction": "the difference of effects on",
        "agreement": "the difference from the published runs in",
        "not_below_published": "the difference from the published runs in",
    }.get(name, "the difference in")
    return Wording(f"{kind} {words}")
