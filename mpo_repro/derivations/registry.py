"""Finds the checks of this package and runs them."""

import difflib
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from mpo_repro import derivations
from mpo_repro.derivations.certificate import UNDECIDED, Certificate

Check = Callable[[], Certificate]
_checks: dict[str, Check] = {}
_WRITTEN = re.compile(r'^@check\("([a-z0-9-]+)"\)$', re.MULTILINE)


class UnknownCheckError(ValueError):
    """No check has this name; the message is one line and names the nearest ones."""


def check(name: str) -> Callable[[Check], Check]:
    """Registers a function without arguments as the check `name`.

    Args:
      name: kebab-case, that of the certificate which the function returns.

    Raises:
      ValueError: if another module has registered the name.
    """

    def register(function: Check) -> Check:
        other = _checks.get(name)
        if other is not None and other.__module__ != function.__module__:
            raise ValueError(f"{name} is a check of {other.__module__} already")
        _checks[name] = function
        return function

    return register


def names() -> tuple[str, ...]:
    """Lists all checks in alphabetical order; imports the package's modules."""
    for module in pkgutil.iter_modules(derivations.__path__):
        importlib.import_module(f"{derivations.__name__}.{module.name}")
    return tuple(sorted(_checks))


def written() -> tuple[str, ...]:
    """Lists what `names` does, from the files' text: nothing is imported."""
    files = (
        file for place in derivations.__path__ for file in Path(place).glob("*.py")
    )
    found = (_WRITTEN.findall(file.read_text("utf-8")) for file in files)
    return tuple(sorted(name for names in found for name in names))


def run(name: str) -> Certificate:
    """Runs one check.

    Args:
      name: one of `names()`.

    Returns:
      Its certificate; a red one if the check itself raises, so that one broken check
      hides no other.

    Raises:
      UnknownCheckError: if there is no such check.
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known
        raise UnknownCheckError(
            f"no check is called {name!r}; nearest: {', '.join(near)}"
        )
    try:
        certificate = _checks[name]()
    except Exception as error:
        return _broken(name, error)
    if certificate.name != name:
        raise ValueError(f"check {name} returns the certificate {certificate.name}")
    return certificate


def run_each() -> Iterator[Certificate]:
    """Runs all checks and gives each certificate as soon as it is there."""
    for name in names():
        yield run(name)


def run_all() -> tuple[Certificate, ...]:
    """Runs all checks, in alphabetical order."""
    return tuple(run_each())


def _broken(name: str, error: Exception) -> Certificate:
    return Certificate(
        name=name,
        place="",
        statement=f"the check raised {type(error).__name__}: {error}",
        method="",
        instances=0,
        worst_error=float("inf"),
        tolerance=0.0,
        verdict=UNDECIDED,
        latex="",
    )
