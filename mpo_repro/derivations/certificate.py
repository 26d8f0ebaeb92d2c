"""What a check of a derivation returns."""

import dataclasses
import math
import re
from dataclasses import dataclass

HOLDS = "holds"
CORRECTED = "fails as printed, holds as corrected"
REFUTED = "refuted by a counterexample"
ONLY_UNDER = "holds only under "  # followed by the condition
UNDECIDED = "not decided"  # the check itself broke; never passes


@dataclass(frozen=True)
class Refutation:
    """A statement that must be seen to fail.

    Attributes:
      claim: the refuted statement, in plain words ("E1: Z = exp(-(eta - gamma)/eta)").
      size: by how much it fails, in the units of the certificate's error or as said in
        `claim`.
      least: smallest size at which the failure counts as shown.
    """

    claim: str
    size: float
    least: float

    @property
    def shown(self) -> bool:
        """Whether the statement fails by at least `least`; False for NaN."""
        return self.size >= self.least


@dataclass(frozen=True)
class Certificate:
    """A statement of the paper and what its check found.

    Attributes:
      name: kebab-case name, that of its registration.
      place: where the statement stands, such as "P1, App. D.2".
      statement: the statement in plain words.
      method: "symbolic (sympy)", "exact tabular", "convex solver", "Monte Carlo, 5
        standard errors", or several of them.
      instances: how many instances were tried.
      worst_error: largest error among them; what it measures is said in `numbers`.
      tolerance: largest error that passes.
      verdict: HOLDS, CORRECTED, REFUTED, or ONLY_UNDER followed by the condition.
      latex: the statement in LaTeX, without dollar signs.
      assumptions: what is assumed.
      steps: the algebra step by step; LaTeX between dollar signs.
      numbers: rows of a label and a value.
      refutations: what must be seen to fail (the print, variants of others).
      counterexample: one instance that refutes the print, with the size of its error.
      figure: data to plot: {"title", "x_label", "y_label", "x_log", "y_log", "series":
        [{"label", "x", "y"}, ...]} with lists of numbers; None for none.
      errata: the errata that it decides, such as ("E1", "E17").

    Raises:
      ValueError: if the verdict is unknown, the name is not kebab-case, or a statement
        is said to fail without a refutation and a counterexample.
    """

    name: str
    place: str
    statement: str
    method: str
    instances: int
    worst_error: float
    tolerance: float
    verdict: str
    latex: str
    assumptions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    numbers: tuple[tuple[str, float | int | str], ...] = ()
    refutations: tuple[Refutation, ...] = ()
    counterexample: str | None = None
    figure: dict | None = None
    errata: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(f"{self.name!r} is not kebab-case")
        known = self.verdict in (HOLDS, CORRECTED, REFUTED, UNDECIDED)
        if not known and not self.verdict.startswith(ONLY_UNDER):
            raise ValueError(f"{self.name}: unknown verdict {self.verdict!r}")
        refuted = self.refutations and self.counterexample
        if self.verdict in (CORRECTED, REFUTED) and not refuted:
            raise ValueError(f"{self.name}: a failure has to be shown")

    @property
    def passed(self) -> bool:
        """Whether what holds held and all that must fail was seen to fail."""
        within = self.worst_error <= self.tolerance  # False for NaN
        shown = all(refutation.shown for refutation in self.refutations)
        return bool(within and shown and self.instances and self.verdict != UNDECIDED)

    def as_dict(self) -> dict:
        """Returns the fields and `passed` as what JSON can hold."""
        return _plain(dataclasses.asdict(self) | {"passed": self.passed})


def _plain(value):
    """Makes lists of tuples and arrays, and texts of NaN and infinity."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):  # numpy and torch
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
