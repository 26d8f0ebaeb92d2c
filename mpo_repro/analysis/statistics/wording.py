"""The sentence that goes with a verdict."""

from dataclasses import dataclass

import numpy as np

from mpo_repro.analysis.statistics.evidence import Evidence

_MEANING = {
    "supported": "The claim holds",
    "direction shown": "There is such an effect, and that it exceeds the margin is not "
    "shown",
    "not supported": "An effect as large as the margin is excluded",
    "contradicted": "The opposite of the claim holds",
    "undecided": "These runs do not decide",
    "not testable": "Nothing could be estimated",
}
_SMALL = "There is such an effect, and it is smaller than the margin"
# Where these words would mislead.
_SPECIAL = {
    ("faster", "direction shown"): (
        "Fewer steps are needed, and that the ratio exceeds the margin is not shown"
    ),
    ("interaction", "direction shown"): (
        "The change has different effects, and that they differ by more than the "
        "margin is not shown"
    ),
    ("interaction", "not supported"): (
        "The effects of the change differ by less than the margin"
    ),
    ("rarely_fails", "contradicted"): "More runs do so than the claim allows",
}


@dataclass(frozen=True)
class Wording:
    """How a claim's numbers are called.

    Attributes:
      effect: what was measured, as it stands in a sentence: "the difference in mean
        return".
      unit: behind each number; empty for shares and ratios.
      digits: significant digits.
    """

    effect: str = "the effect"
    unit: str = ""
    digits: int = 3

    def number(self, value: float) -> str:
        """Writes a number with its unit."""
        if np.isinf(value):
            return "minus infinity" if value < 0 else "infinity"
        text = f"{value:.{self.digits}g}"
        if "e+" in text:
            text = f"{float(text):.0f}"
        return f"{text} {self.unit}".rstrip()


def sentence(outcome: str, evidence: Evidence, wording: Wording) -> str:
    """Says a verdict's reason in plain words.

    Args:
      outcome: the verdict's name.
      evidence: what it rests on.
      wording: how its numbers are called.

    Returns:
      One sentence, or two where runs are missing.
    """
    meaning = _SPECIAL.get((evidence.test, outcome), _MEANING[outcome])
    if outcome == "direction shown" and evidence.p_absent <= evidence.alpha:
        meaning = _SMALL
    few = min(evidence.runs) < evidence.least_runs
    if outcome == "not testable":
        text = f"{meaning}: {_runs(evidence)}."
    elif few:
        text = (
            f"{meaning}: with fewer than {evidence.least_runs} runs an arm this test "
            f"does not keep its error rate and decides nothing; {_runs(evidence)}."
        )
    else:
        power = _power(outcome, evidence, wording)
        text = f"{meaning}: {_numbers(evidence, wording)}{power}."
    return text + incomplete(sum(evidence.missing))


def incomplete(missing: int) -> str:
    """Says how many planned runs are missing; empty for none."""
    verb = "run is" if missing == 1 else "runs are"
    note = f" It rests on incomplete arms: {missing} planned {verb} missing."
    return note if missing else ""


def _runs(evidence: Evidence) -> str:
    counts = [str(n) for n in evidence.runs]
    if len(counts) == 1:
        return f"{counts[0]} runs"
    return f"{', '.join(counts[:-1])} and {counts[-1]} runs"


def _numbers(evidence: Evidence, wording: Wording) -> str:
    low, high = map(wording.number, evidence.decisive)
    text = (
        f"{wording.effect} is {wording.number(evidence.effect)} "
        f"({100 * evidence.confidence:g} % interval {low} to {high}"
    )
    if evidence.members > 1:
        text += f", corrected for {evidence.members} tests"
    if evidence.margin:
        text += f", margin {wording.number(evidence.margin)}"
    return f"{text}; {_runs(evidence)})"


def _power(outcome: str, evidence: Evidence, wording: Wording) -> str:
    if outcome != "undecided" or np.isnan(evidence.power):
        return ""
    return (
        f"; an effect of {wording.number(evidence.interest)} would be shown in "
        f"{100 * evidence.power:.0f} % of cases by runs that scatter like these, were "
        f"this the only test"
    )
