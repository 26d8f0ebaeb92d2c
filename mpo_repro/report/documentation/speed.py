"""The page of speed: the tables of the last measurement."""

from mpo_repro.analysis.results import read_json
from mpo_repro.config.files import CHECKOUT
from mpo_repro.report import speed
from mpo_repro.report.documentation.markdown import cell, code, table


def tables() -> str:
    """Writes all tables, each with the command that measures it."""
    found = read_json(CHECKOUT / speed.MEASURED)
    parts = [f"Measured on {cell(speed.machine(found))}."]
    for one in speed.tables(found):
        commands = " and ".join(map(code, one.commands))
        parts += [
            f"## {cell(one.title)}",
            table(one.head, [[cell(text) for text in row] for row in one.rows]),
            f"{cell(one.note)} Measured by {commands}.".strip(),
        ]
    return "\n\n".join(parts)


def updates() -> str:
    """Writes the table of updates alone."""
    found = read_json(CHECKOUT / speed.MEASURED)
    one = speed.tables(found)[0]
    return table(one.head, [[cell(text) for text in row] for row in one.rows])
