"""What a study compares, seen from its arms' settings: grids, and single changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from mpo_repro.analysis.results import Results
from mpo_repro.report.settings_table import as_text, flatten

AS_PUBLISHED = "-as-published"  # of a recipe that keeps another recipe's defects
SMALLEST = [2, 3]  # values each way of a grid: two changes and both of them are none


@dataclass(frozen=True)
class Grid:
    """Arms that differ in two settings alone and have every pair of their values.

    Attributes:
      rows, columns: dotted names of the two settings.
      row_values, column_values: their values, ascending where they are numbers.
      arms: (row, column), places in these -> the arm.
    """

    rows: str
    columns: str
    row_values: tuple
    column_values: tuple
    arms: dict[tuple[int, int], str]


@dataclass(frozen=True)
class Change:
    """An arm beside the one that it is compared with.

    Attributes:
      arm, reference: names of arms.
      text: what differs: "label", and the setting where there is only one.
      defect: whether a recipe is compared with itself as it was published.
    """

    arm: str
    reference: str
    text: str
    defect: bool


def grid(results: Results) -> Grid | None:
    """Finds the largest grid among a study's arms.

    Args:
      results: the study's results; planned arms count, with or without runs.

    Returns:
      The grid, of at least two values one way and three the other; None if there is
      none.
    """
    arms = _settings(results)
    keys = _varying(arms)
    found = [grid for pair in combinations(keys, 2) for grid in _grids(arms, *pair)]
    return max(found, key=lambda one: len(one.arms), default=None)


def _grids(arms: Mapping[str, dict], rows: str, columns: str) -> list[Grid]:
    """Lists the grids of two settings; all others agree within each."""
    families: dict[tuple, dict[tuple, str]] = {}
    for arm, settings in arms.items():
        rest = {k: v for k, v in settings.items() if k not in (rows, columns)}
        pair = settings.get(rows), settings.get(columns)
        families.setdefault(tuple(sorted(rest.items())), {})[pair] = arm
    made = [_complete(rows, columns, family) for family in families.values()]
    return [grid for grid in made if grid]


def _complete(rows: str, columns: str, family: dict[tuple, str]) -> Grid | None:
    """Takes from arms that lie anywhere those that make up a grid.

    The value with the fewest partners is left out until every pair is there: an arm
    with the recipe's own values may stand between those of the grid.
    """
    while True:
        sides = [{pair[side] for pair in family} for side in (0, 1)]
        if sorted(map(len, sides)) < SMALLEST:
            return None
        if len(family) == len(sides[0]) * len(sides[1]):
            break
        poorest = min(
            ((side, value) for side in (0, 1) for value in _ordered(sides[side])),
            key=lambda end: (
                sum(pair[end[0]] == end[1] for pair in family) / len(sides[1 - end[0]])
            ),
        )
        family = {p: arm for p, arm in family.items() if p[poorest[0]] != poorest[1]}
    ordered = [_ordered(side) for side in sides]
    places = {
        (ordered[0].index(row), ordered[1].index(column)): arm
        for (row, column), arm in family.items()
    }
    return Grid(rows, columns, *map(tuple, ordered), places)


def changes(results: Results) -> list[Change]:
    """Says for each arm what it is compared with, and in what it differs.

    A recipe that keeps the defects of another (its name plus AS_PUBLISHED) is compared
    with that one, every other arm with the study's first.

    Args:
      results: the study's results; planned arms count, with or without runs.

    Returns:
      A change for each arm that has settings of its own; in the study's order.
    """
    arms = _settings(results)
    recipes: dict[str, str] = {}  # the first arm of each: others change it
    for name, arm in results.study["arms"].items():
        recipes.setdefault(arm["recipe"], name)
    first = next(iter(arms))
    made = []
    for name in arms:
        recipe = results.study["arms"][name]["recipe"]
        mended = recipes.get(recipe.removesuffix(AS_PUBLISHED))
        kept = recipe.endswith(AS_PUBLISHED) and mended is not None
        reference = mended if kept else first
        if arms[name] != arms[reference]:
            text = _described(results, name, arms[reference], arms[name])
            made.append(Change(name, reference, text, kept))
    return made


def single_changes(results: Results) -> list[Change]:
    """Lists the changes of arms that are outside of the study's grid, if it has one."""
    found = grid(results)
    inside = set(found.arms.values()) if found else set()
    return [change for change in changes(results) if change.arm not in inside]


def _described(results: Results, name: str, before: dict, after: dict) -> str:
    """Names an arm, and its one setting where it changes one alone."""
    keys = dict.fromkeys([*before, *after])
    differing = [key for key in keys if before.get(key) != after.get(key)]
    label = results.labels[name]
    if "algorithm" in differing:
        return f"{label} (another algorithm)"
    if len(differing) > 1:
        return f"{label} ({len(differing)} settings)"
    (key,) = differing
    old, new = (side.get(key, "–") for side in (before, after))
    return f"{label} ({key.rpartition('.')[2]}: {old} → {new})"


def _settings(results: Results) -> dict[str, dict[str, str]]:
    """Flattens each arm's settings to text, so that they can be compared."""
    return {
        name: {key: as_text(value) for key, value in flatten(arm["resolved"])}
        for name, arm in results.study["arms"].items()
    }


def _varying(arms: Mapping[str, dict]) -> list[str]:
    keys = dict.fromkeys(key for settings in arms.values() for key in settings)
    return [k for k in keys if len({s.get(k) for s in arms.values()}) > 1]


def _ordered(values: set) -> list:
    """Sorts numbers by size, and anything else by its text."""
    try:
        return sorted(values, key=float)
    except (TypeError, ValueError):
        return sorted(values, key=str)
