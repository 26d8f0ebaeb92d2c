"""One test of a claim, with the runs and the data that it takes."""

from dataclasses import dataclass

from mpo_repro.analysis.claim_data import Runs


@dataclass(frozen=True)
class Trial:
    """One test with the runs that it takes.

    Attributes:
      label: what is compared.
      runs: all that enter.
      data: the test's positional arguments; None where a group has no score at all.
      identical: whether its two arms learnt the very same, seed by seed.
      untold: tasks that are left out, as an untrained policy would pass there.
    """

    label: str
    runs: tuple[Runs, ...]
    data: tuple | None
    identical: bool = False
    untold: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The runs without a score, named."""
        return tuple(
            f"{runs.arm} on {runs.task}, {text}"
            for runs in self.runs
            for text in runs.missing
        )

    @property
    def lacking(self) -> str:
        """Names the groups without any score."""
        empty = [f"{r.arm} on {r.task}" for r in self.runs if not r.scored]
        return ", ".join(dict.fromkeys(empty))
