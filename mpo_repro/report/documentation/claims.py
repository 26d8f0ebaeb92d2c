"""The table of tests that a claim can ask for."""

import inspect

from mpo_repro.analysis.statistics import registry
from mpo_repro.report.documentation.markdown import cell, code, table

MARGIN = {True: "needed", False: "possible", None: "none"}


def tests() -> str:
    """Writes a row a test: its name, what it tests, whether it takes a margin."""
    rows = (
        (code(name), cell(_first(test)), MARGIN[_needs_margin(name)])
        for name, test in registry.TESTS.items()
    )
    return table(("`test.name`", "What it is", "`margin`"), rows)


def _needs_margin(name: str) -> bool | None:
    return registry.setting_names(name).get("margin")


def _first(test: registry.Test) -> str:
    return (inspect.getdoc(test) or "").partition("\n\n")[0]
