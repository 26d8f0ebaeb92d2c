"""The settings of each arm, and which of them differ from the first arm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mpo_repro.analysis.results import Results

PAPER = "paper"  # the recipe that states the paper's table


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


def flatten(settings: Mapping, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Walks through nested settings in their order; yields dotted key and value."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def settings_table(results: Results, names: list[str] | None = None) -> list[Setting]:
    """Lists every setting of the study's arms.

    Args:
      results: the study's results; arms without a finished run are listed too.
      names: the arms, in the order of the values; all in the study's order if None.

    Returns:
      The settings in the recipe's order; those that only later arms have follow. A
      setting that an arm does not have is a dash.
    """
    described = results.study["arms"]
    arms = [dict(flatten(described[n]["resolved"])) for n in names or described]
    keys = list(dict.fromkeys(key for arm in arms for key in arm))
    return [_setting(key, arms) for key in keys]


def deviations(results: Results) -> dict | None:
    """Compares every arm with the one that has the paper's own settings.

    Returns:
      labels (the paper's arm first) and rows (settings in which any differs); None if
      no arm is the paper's, or it is the only one.
    """
    described = results.study["arms"]
    own = [n for n, a in described.items() if a["recipe"] == PAPER and not a.get("set")]
    if not own or len(described) == 1:
        return None
    names = [own[0], *(name for name in described if name != own[0])]
    rows = [row for row in settings_table(results, names) if any(row.differs)]
    return {"labels": [described[name]["label"] for name in names], "rows": rows}


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
