"""The settings of each arm, and which of them differ from the first arm."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mpo_repro.analysis.results import Results


@dataclass(frozen=True)
class Setting:
    """One setting of all arms.

    Attributes:
      key: dotted name, e.g. "improvement.epsilon".
      values: as text, one an arm, in the study's order.
      differs: for each arm, whether its value is not the first arm's.
    """

    key: str
    values: tuple[str, ...]
    differs: tuple[bool, ...]

    def others(self, labels: Sequence[str]) -> dict[str, str]:
        """Says which arms have a value that is not the first arm's.

        Args:
          labels: what the arms are called, one for each value.

        Returns:
          Value -> "a; b"; of more than half of the arms after the first, "all but a;
          b"; of all of them, "all".
        """
        arms = list(zip(labels[1:], self.values[1:], strict=True))
        found = {}
        for value in dict.fromkeys(self.values[1:]):
            if value == self.values[0]:
                continue
            having = [label for label, own in arms if own == value]
            lacking = [label for label, own in arms if own != value]
            if len(having) <= len(lacking):
                found[value] = "; ".join(having)
            else:
                found[value] = f"all but {'; '.join(lacking)}" if lacking else "all"
        return found


def flatten(settings: Mapping, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Walks through nested settings in their order; yields dotted key and value."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def settings_table(results: Results) -> list[Setting]:
    """Lists every setting of the study's arms.

    Args:
      results: the study's results; arms without a finished run are listed too.
    """
    arms = results.study["arms"].values()
    return side_by_side([dict(flatten(arm["resolved"])) for arm in arms])


def side_by_side(arms: list[dict]) -> list[Setting]:
    """Lists every setting of some arms.

    Args:
      arms: dotted name -> value, of each arm.

    Returns:
      The settings in the first arm's order; those that only later arms have follow. A
      setting that an arm does not have is a dash.
    """
    keys = list(dict.fromkeys(key for arm in arms for key in arm))
    return [_setting(key, arms) for key in keys]


def _setting(key: str, arms: list[dict]) -> Setting:
    values = tuple(as_text(arm[key]) if key in arm else "–" for arm in arms)
    return Setting(key, values, tuple(value != values[0] for value in values))


def as_text(value: object) -> str:
    """Writes a value as YAML would, on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(as_text(item) for item in value) + "]"
    return str(value)
