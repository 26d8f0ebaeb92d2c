"""Settings that recipes had once, for results that are older than their removal."""

from collections.abc import Mapping
from typing import Any

# Section and name, and the value with which a recipe learns what it does without.
FORMER = {("data", "clears_buffer"): False}


def without_former(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Leaves out what changes nothing of a recipe as a run or study recorded it.

    Args:
      settings: section -> setting -> value, as in run.json or study.json.

    Returns:
      A copy without those settings that have the value of FORMER; others stay, and are
      refused as unknown.
    """
    kept = {
        key: dict(value) if isinstance(value, Mapping) else value
        for key, value in settings.items()
    }
    for (section, name), value in FORMER.items():
        part = kept.get(section)
        if isinstance(part, dict) and part.get(name, not value) == value:
            del part[name]
    return kept
