"""The outcome of the mutation test, as lines for the console and as a table."""

import collections
from typing import NamedTuple

from mutants import Mutant


class Row(NamedTuple):
    """One mutant: its first red test ("" for none), seconds, why it is equivalent."""

    mutant: Mutant
    killer: str
    seconds: float
    reason: str | None

    @property
    def state(self) -> str:
        """Returns "killed", "equivalent", "survives" or "listed, but killed"."""
        if self.killer:
            return "listed, but killed" if self.reason else "killed"
        return "equivalent" if self.reason else "survives"

    @property
    def is_wrong(self) -> bool:
        """Whether the mutation test fails because of it."""
        return self.state in ("survives", "listed, but killed")


def line(row: Row) -> str:
    """Returns one line for the console."""
    by = row.killer.rsplit("/", 1)[-1] if row.killer else row.reason or ""
    return f"{row.state:10s} {row.seconds:5.1f} s  {row.mutant.key}  {by}".rstrip()


def summary(rows: list[Row]) -> str:
    """Counts outcomes by file, as a markdown table."""
    states = ("killed", "equivalent", "survives", "listed, but killed")
    files = sorted({row.mutant.file for row in rows})
    lines = ["| file | mutants | " + " | ".join(states) + " |"]
    lines.append("|---|" + "---|" * (len(states) + 1))
    for file in [*files, "all"]:
        chosen = [row for row in rows if file in ("all", row.mutant.file)]
        count = collections.Counter(row.state for row in chosen)
        numbers = " | ".join(str(count[state]) for state in states)
        lines.append(f"| {file} | {len(chosen)} | {numbers} |")
    return "\n".join(lines)


def markdown(rows: list[Row]) -> str:
    """Returns the whole table."""
    lines = ["# Mutation test", "", summary(rows), "", "| place | change | outcome |"]
    lines.append("|---|---|---|")
    for row in rows:
        mutant = row.mutant
        change = f"{mutant.operator}: `{mutant.before}` to `{mutant.after}`"
        outcome = f"`{row.killer}`" if row.killer else f"{row.state}: {row.reason}"
        cells = (f"{mutant.file}:{mutant.line} {mutant.function}", change, outcome)
        lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines) + "\n"
