"""The tables of speed, from what benchmarks/measure.py wrote."""

from pathlib import Path
from typing import NamedTuple

from mpo_repro.analysis.results import read_json

FILE = "speed.json"
MEASURED = Path("benchmarks") / "results.json"  # of the checkout


class Table(NamedTuple):
    """A table as texts.

    Attributes:
      title: what was measured.
      commands: that measure it again.
      head: headings of columns; the first is of the rows' names.
      rows: cells.
      note: what to know of it; may be empty.
    """

    title: str
    commands: tuple[str, ...]
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""


def section(path: Path) -> dict | None:
    """Gathers what a page shows of the measurements; None if there are none."""
    found = read_json(path)
    return found and {"machine": machine(found), "tables": tables(found)}


def tables(found: dict) -> list[Table]:
    """Writes the tables of what a file of measurements has; older ones have less."""
    makers = {
        "updates": _updates,
        "environments": _environments,
        "run": _run,
        "scaling": _scaling,
        "cohorts": _cohorts,
        "workflow": _workflow,
        "plan": _plan,
    }
    return [make(found) for part, make in makers.items() if part in found]


def machine(found: dict) -> str:
    """Says on what was measured."""
    about = found["machine"]
    libraries = ("torch", "numpy", "mujoco", "envpool", "snakemake")
    versions = ", ".join(
        f"{name} {found['versions'][name]}"
        for name in libraries
        if name in found["versions"]
    )
    return f"{about['processor']}, {about['cores']} cores; {versions}"


def _updates(found: dict) -> Table:
    rivals = found["updates"]["rivals"].values()
    return Table(
        "One update of the learner, in one thread, all in turns",
        (found["updates"]["command"],),
        ("Update", "median, ms", "p10 to p90, ms", "times ours"),
        [
            (
                " ".join(filter(None, [row["label"], row.get("version")])),
                f"{row['median_ms']:.2f}",
                f"{row['p10_ms']:.2f} to {row['p90_ms']:.2f}",
                f"{row['times_ours']:.2f}",
            )
            for row in rivals
        ],
        "256 transitions, 20 actions per state, networks of 100-100 and 200-200, "
        "17 observations, 6 actions. rlox has twin critics and one width for all "
        "networks; SAC is another algorithm.",
    )


def _environments(found: dict) -> Table:
    part = found["environments"]
    return Table(
        f"A step of one of {part['environments']} environments, in one thread",
        (part["command"],),
        (
            "Task",
            "ours, µs",
            "EnvPool itself, µs",
            "dm_control's loop, µs",
            "of EnvPool",
        ),
        [
            (
                task,
                f"{1000 * row['median_ms']:.1f}",
                f"{1000 * row['limit_ms']:.1f}",
                f"{1000 * row['plain_median_ms']:.1f}",
                f"{row['median_ms'] / row['limit_ms']:.2f}",
            )
            for task, row in part["tasks"].items()
        ],
        "Starts of episodes included.",
    )


def _run(found: dict) -> Table:
    run = found["run"]
    whole, parts = run["seconds"], ("learning", "acting", "evaluating", "saving")
    spent = {part: run[f"{part}_seconds"] for part in parts}
    spent["start and checks"] = whole - sum(spent.values())
    spent["all"] = whole
    spent["matrix products of the updates alone"] = run["limit_seconds"]
    rows = [
        (part, f"{seconds:.1f}", f"{seconds / whole:.1%}")
        for part, seconds in spent.items()
    ]
    return Table(
        f"A run of {run['steps']:,} steps of {run['task']}, {run['updates']:,} updates",
        (run["command"],),
        ("Spent on", "seconds", "share"),
        rows,
    )


def _scaling(found: dict) -> Table:
    part = found["scaling"]
    return Table(
        "Learners of one thread beside each other",
        (part["command"],),
        ("Processes", "alone, ms", "together, ms", "loss"),
        [
            (
                str(part["processes"]),
                f"{part['alone_ms']:.2f}",
                f"{part['together_ms']:.2f}",
                f"{part['loss']:.1%}",
            )
        ],
    )


def _cohorts(found: dict) -> Table:
    rows = []
    for part in found["cohorts"]:
        for runs, row in part.get("cohorts", {}).items():
            rows.append(
                (
                    part["device"],
                    runs,
                    f"{row['median_ms']:.2f}",
                    f"{row['per_run_ms']:.2f}",
                    f"{row['updates_per_second']:.1f}",
                )
            )
        if "cohorts" not in part:
            rows.append((part["device"], *["not measured"] * 4))
    return Table(
        "Runs that learn together, paper's sizes",
        tuple(part["command"] for part in found["cohorts"]),
        ("Device", "runs", "update of all, ms", "per run, ms", "updates of all per s"),
        rows,
    )


def _workflow(found: dict) -> Table:
    return Table(
        "Snakemake's dry run",
        tuple(part["command"] for part in found["workflow"]),
        ("Runs in the study", "seconds"),
        [(f"{p['runs']:,}", f"{p['seconds']:.1f}") for p in found["workflow"]],
    )


def _plan(found: dict) -> Table:
    part = found["plan"]
    return Table(
        f"A plan, and what the study `{part['study']}` then took",
        (part["command"],),
        ("Runs", "cores", "planned, s", "trained, s", "planned of trained"),
        [
            (
                str(part["runs"]),
                str(part["cores"]),
                f"{part['planned_seconds']:.0f}",
                f"{part['trained_seconds']:.0f}",
                f"{part['ratio']:.2f}",
            )
        ],
        f"With tables, figures and report it took {part['seconds']:.0f} s.",
    )
