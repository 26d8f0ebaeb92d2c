"""The tests that a claim can ask for, by name.

A claim's `test` names one of them; its `margin`, `alpha` and the like are its keyword
arguments. Those that an arm against an arm needs come first.
"""

import inspect
from collections.abc import Callable

from mpo_repro.analysis.statistics import (
    differences,
    equivalence,
    interaction,
    published,
    stability,
    suites,
    survival,
)
from mpo_repro.analysis.statistics.evidence import Evidence

Test = Callable[..., Evidence]
TESTS: dict[str, Test] = {
    test.__name__: test
    for test in (
        differences.superiority,
        equivalence.equivalence,
        equivalence.non_inferiority,
        suites.suite_superiority,
        suites.suite_equivalence,
        suites.suite_non_inferiority,
        survival.faster,
        stability.rarely_fails,
        interaction.interaction,
        published.agreement,
        published.not_below_published,
    )
}


def find(name: str) -> Test:
    """Gives a test by name.

    Raises:
      ValueError: if there is none; one line with the names there are.
    """
    if name not in TESTS:
        raise ValueError(f"test {name!r}; allowed: {', '.join(TESTS)}")
    return TESTS[name]


def data_names(name: str) -> tuple[str, ...]:
    """Lists the data that a test takes, in order: its positional arguments."""
    parameters = inspect.signature(find(name)).parameters.values()
    return tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)


def setting_names(name: str) -> dict[str, bool]:
    """Lists the settings that a test takes and whether each must be given.

    Returns:
      name -> true if it has no default. Every test has `alpha`.
    """
    parameters = inspect.signature(find(name)).parameters.values()
    return {
        p.name: p.default is p.empty for p in parameters if p.kind is p.KEYWORD_ONLY
    }
