"""What `mpo-repro derive` is asked for: a check, an erratum, or a common word."""

import difflib
from typing import NamedTuple

from mpo_repro.config.errata import Erratum

# Words that stand in no check's name: whose code or report a check is about, and what
# the paper calls its subject. Of an erratum they stand in errata.yaml.
WORDS = {
    "acyclics": ("retrace-operator", "categorical-e-step"),
    "atari": ("categorical-e-step",),
    "daisatojp": ("categorical-e-step",),
    "discrete": ("categorical-e-step",),
    "gruner": ("misread-labels",),
    "improves": ("monotone-improvement", "sampled-improvement"),
    "jorldy": ("inverted-variances", "advantage", "categorical-e-step"),
    "nycu": ("dual-sampled", "advantage"),
    "overflow": ("advantage",),
    "prop-3": ("monotone-improvement", "monotone-proof", "monotone-rarity"),
    "rlox": ("dual-sampled", "m-step-moments"),
    "telu": ("misread-labels",),
    "trpo": ("kl-directions",),
}


class Topic(NamedTuple):
    """What a word leads to, in the order in which it is shown."""

    errata: tuple[Erratum, ...]
    checks: tuple[str, ...]


def find(word: str, names: tuple[str, ...], errata: tuple[Erratum, ...]) -> Topic:
    """Finds what a word leads to.

    Args:
      word: a check's name or a part of it between hyphens, an erratum's number, one of
        its words, or one of WORDS; capitals do not matter.
      names: of all checks.
      errata: the whole list.

    Returns:
      Errata first, then their checks, then the others.

    Raises:
      UnknownCheckError: if it leads nowhere; in one line, with the nearest.
    """
    from mpo_repro.derivations.registry import UnknownCheckError

    asked = word.lower().replace("_", "-").replace(" ", "-")
    if asked in names:
        return Topic((), (asked,))
    meant = tuple(one for one in errata if asked in (one.id.lower(), *one.words))
    checks = [name for one in meant for name in one.certificates]
    checks += [name for name in names if asked in name.split("-")]
    checks += WORDS.get(asked, ())
    if not meant and not checks:
        raise UnknownCheckError(_nowhere(word, asked, names, errata))
    return Topic(meant, tuple(dict.fromkeys(checks)))


def _nowhere(word: str, asked: str, names, errata) -> str:
    parts = {part for name in names for part in name.split("-") if len(part) > 2}
    known = [*names, *parts, *WORDS, *(word for one in errata for word in one.words)]
    known += [one.id.lower() for one in errata]
    near = difflib.get_close_matches(asked, dict.fromkeys(known), n=3, cutoff=0.5)
    shown = [name.upper() if name[1:].isdigit() else name for name in near]
    hint = f"nearest: {', '.join(shown)}" if near else "mpo-repro derive lists them"
    return f"no check, erratum or word is called {word!r}; {hint}"
