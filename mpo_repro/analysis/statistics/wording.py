"""The sentence that goes with a verdict."""

from dataclasses import dataclass

import numpy as np

from mpo_repro.analysis.statistics.evidence import Evidence

_MEANING = {
    "replicated": "The claim holds",
    "partly replicated": "There is such an effect, but less than the claim needs",
    "not replicated": "There is no effect of the size that the claim needs",
    "contradicted": "The opposite of the claim holds",
    "inconclusive (underpowered)": "These runs cannot tell",
    "not testable": "Nothing could be estimated",
}
# Where these words would say too much, or "less than the claim needs" something else.
_SPECIAL = {
    ("faster", "replicated"): (
        "Fewer steps are needed, and that the ratio is below the margin is not shown"
    ),
    ("agreement", "partly replicated"): (
        "The runs differ from the published ones, by less than the margin"
    ),
    ("agreement", "not replicated"): (
        "The runs differ from the published ones, perhaps by more than the margin"
    ),
    (
        "interaction",
        "not replicated",
    ): "The change has the same effect in both settings",
    ("interaction", "partly replicated"): (
        "The change has different effects, but by less than the margin"
    ),
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
    few = min(evidence.runs) < evidence.least_runs
    if outcome == "not testable":
        text = f"{meaning}: {_runs(evidence)}."
    elif few:
        text = (
            f"{meaning}: with fewer than {evidence.least_runs} runs an arm this test "
            f"does not keep its error rate and decides nothing; {_runs(evidence)}."
        )
    else:
        text = f"{meaning}: {_numbers(evidence, wording)}{_power(outcome, evidence)}."
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
    low, high = wording.number(evidence.low), wording.number(evidence.high)
    text = (
        f"{wording.effect} is {wording.number(evidence.effect)} "
        f"({100 * evidence.confidence:g} % interval {low} to {high}"
    )
    if evidence.margin:
        text += f", margin {wording.number(evidence.margin)}"
    return f"{text}; {_runs(evidence)})"


def _power(outcome: str, evidence: Evidence) -> str:
    if not outcome.startswith("inconclusive") or np.isnan(evidence.power):
        return ""
    return (
        f"; if the claim were true, runs that vary like these would show it in "
        f"{100 * evidence.power:.0f} % of cases, were this the only test"
    )
