"""On what and how long the runs ran, counted over runs."""

import json
from collections import Counter
from dataclasses import dataclass

import pandas as pd

from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED


@dataclass(frozen=True)
class TimeRow:
    """Time use of one arm: texts for the page."""

    label: str
    runs: int
    hours: str
    minutes: str
    rate: str


def count_runs(results: Results) -> list[tuple[str, int, int]]:
    """Counts for each arm: label, finished runs, planned runs."""
    runs = results.runs
    rows = []
    for arm, label in results.labels.items():
        of_arm = runs[runs["arm"] == arm]
        rows.append((label, int((of_arm["state"] == FINISHED).sum()), len(of_arm)))
    return rows


def missing(results: Results) -> list[dict[str, object]]:
    """Groups the planned runs that gave nothing.

    Returns:
      Of each task, arm, state and reason: task, label, state, reason and seeds (a
      text), in the order of the table `runs`.
    """
    names = ["task", "label", "state", "reason"]
    groups = results.unusable.groupby(names, sort=False, dropna=False)["seed"]
    return [
        dict(zip(names, key, strict=True)) | {"seeds": ", ".join(map(str, seeds))}
        for key, seeds in groups
    ]


def scopes(results: Results) -> dict[str, str]:
    """Says for each arm that does not run the whole study what it runs, by label."""
    found = {}
    for arm in results.study["arms"].values():
        parts = [", ".join(arm.get("tasks") or [])]
        seeds = arm.get("seeds")
        parts.append(f"seeds {', '.join(map(str, seeds))}" if seeds else "")
        if any(parts):
            found[arm["label"]] = "; ".join(part for part in parts if part)
    return found


def time_table(results: Results) -> list[TimeRow]:
    """Sums wall time for each arm with finished runs, and for all.

    Args:
      results: the study's results.

    Returns:
      A row an arm and, if there are several, one for the whole study.
    """
    seconds = results.run_seconds
    groups = [
        (results.labels[arm], seconds[seconds["arm"] == arm]) for arm in results.arms
    ]
    if len(groups) > 1:
        groups.append(("all", seconds))
    return [_time_row(label, runs) for label, runs in groups]


def _time_row(label: str, runs: pd.DataFrame) -> TimeRow:
    """Makes the row of some of the rows of `run_seconds`."""
    measured = runs[runs["seconds"] > 0]
    if measured.empty:
        return TimeRow(label, len(runs), "–", "–", "–")
    return TimeRow(
        label,
        len(runs),
        f"{measured['seconds'].sum() / 3600:.2f}",
        f"{measured['seconds'].median() / 60:.1f}",
        f"{(measured['steps'] / measured['seconds']).median():,.0f}",
    )


def tally(results: Results, column: str) -> list[tuple[str, int]]:
    """Counts the values of a column of `runs` over finished runs, commonest first."""
    runs = results.runs
    values = runs.loc[runs["state"] == FINISHED, column]
    counts = Counter(value or "not recorded" for value in values)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def cautions(results: Results) -> list[str]:
    """Lists what the commit and the checksums do not vouch for, a sentence each.

    Tables of earlier versions record neither: of them nothing is listed.
    """
    runs = results.runs[results.runs["state"] == FINISHED]
    changed = runs[runs["changes"] != ""]
    sentences = [
        f"{_runs(len(group))} of commit {commit} with uncommitted changes"
        f" (SHA-256 {changes[:12]}…)."
        for (commit, changes), group in changed.groupby(["commit", "changes"])
    ]
    older = int((runs["verified"] == "no").sum())
    if older:
        sentences.append(f"{_runs(older)} without checksums: unverified.")
    return sentences


def _runs(count: int) -> str:
    return f"{count} run{'s' if count != 1 else ''}"


def machines(results: Results) -> list[tuple[str, int]]:
    """Describes each machine in a line, with the number of runs on it."""
    described = Counter()
    for text, count in tally(results, "machine"):
        machine = {} if text == "not recorded" else json.loads(text)
        parts = [f"{key}: {value}" for key, value in sorted(machine.items())]
        described["; ".join(parts) or "not recorded"] += count
    return sorted(described.items(), key=lambda item: (-item[1], item[0]))


def versions(results: Results) -> list[tuple[str, str]]:
    """Lists packages with the version, or all versions, with which runs ran."""
    found: dict[str, set[str]] = {}
    for text, _ in tally(results, "versions"):
        for name, version in ({} if text[0] != "{" else json.loads(text)).items():
            found.setdefault(name, set()).add(str(version))
    return [(name, ", ".join(sorted(found[name]))) for name in sorted(found)]
