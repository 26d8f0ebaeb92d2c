"""The words of verdicts: of runs, of proofs, and those that older files have."""

from enum import StrEnum


class Outcome(StrEnum):
    """The verdicts on runs, from the best for a claim to the emptiest; then on proofs.

    A claim of several tests is `partly supported` only where the parts are named.
    """

    SUPPORTED = "supported"
    DIRECTION = "direction shown"  # clear of no effect, not of the margin
    PARTLY = "partly supported"
    UNDECIDED = "undecided"
    NOT_SUPPORTED = "not supported"
    CONTRADICTED = "contradicted"
    NOT_RUN = "not run"
    NOT_TESTABLE = "not testable"
    PROVED = "proved"
    REFUTED = "refuted by a counterexample"
    CONDITIONAL = "holds under conditions"


PROOFS = (Outcome.PROVED, Outcome.REFUTED, Outcome.CONDITIONAL)
# Words of files that are older than these -> of runs, of proofs.
_FORMER = {
    "replicated": (Outcome.SUPPORTED, Outcome.PROVED),
    "partly replicated": (Outcome.PARTLY, Outcome.CONDITIONAL),
    "not replicated": (Outcome.NOT_SUPPORTED, Outcome.REFUTED),
    "contradicted": (Outcome.CONTRADICTED, Outcome.REFUTED),
    "inconclusive (underpowered)": (Outcome.UNDECIDED, Outcome.UNDECIDED),
    "needs runs": (Outcome.NOT_RUN, Outcome.NOT_RUN),
}


def current(word: str, *, single: bool = False, proof: bool = False) -> str:
    """Returns today's word for a verdict.

    Args:
      word: as a file has it; today's words, and unknown ones, are returned as they are.
      single: whether it is of one test, which an effect below its margin made
        `partly replicated`.
      proof: whether certificates decided it.
    """
    runs, mathematics = _FORMER.get(word, (word, word))
    if single and word == "partly replicated":
        return Outcome.DIRECTION.value
    return str(mathematics if proof else runs)


def renamed(text: str) -> str:
    """Returns a sentence of an older file with today's words for verdicts on runs."""
    for word in sorted(_FORMER, key=len, reverse=True):
        text = text.replace(word, current(word))
    return text
