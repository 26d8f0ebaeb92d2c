"""The one way in which a configuration is refused."""

import difflib
from collections.abc import Iterable

LISTED = 100  # characters of names beside those that look like the given one


class ConfigError(ValueError):
    """A configuration that cannot be used.

    Its text is one line: file, key path, what was given, what is allowed.

    Attributes:
      file: where it stands, as the user knows it (a path, a name, an option).
      key: dotted path of the setting in that file; empty for the file as a whole.
      given: what stands there, shortened.
      allowed: what may stand there.
    """

    def __init__(self, file: object, key: str, given: object, allowed: str):
        self.file = shorten(str(file), 400)
        self.key = key
        self.given = shorten(given)
        self.allowed = allowed
        place = f"{self.file}: {shorten(key, 200)}" if key else self.file
        line = f"{place}: given {self.given}; allowed: {allowed}"
        super().__init__(" ".join(line.split()))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Lets the error cross a process boundary with its parts."""
        return type(self), (self.file, self.key, self.given, self.allowed)


def shorten(given: object, width: int = 60) -> str:
    """Writes a value on one line of at most `width` characters that can be printed."""
    text = given if isinstance(given, str) else repr(given)
    text = " ".join(text.split()) or repr(given)
    if not text.isprintable():  # what a terminal would obey
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= width else text[: width - 3] + "..."


def nearest(given: object, names: Iterable[str]) -> str:
    """Says which names are allowed, the ones that look like the given one first.

    Args:
      given: what stands in place of a name.
      names: all that is allowed.

    Returns:
      For example "did you mean epsilon_mean? (one of epsilon, epsilon_mean)"; without
      the list where it is long, as a terminal is not.
    """
    names = sorted(names)
    close = difflib.get_close_matches(str(given), names, n=2, cutoff=0.5)
    listed = ", ".join(names) if names else "nothing"
    if close:
        others = f" (one of {listed})" if len(listed) <= LISTED else ""
        return f"did you mean {' or '.join(close)}?{others}"
    return f"one of {shorten(listed, 400)}"
