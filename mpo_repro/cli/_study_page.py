"""A study as a terminal shows it."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mpo_repro.config import Study


def show(study: Study) -> None:
    """Prints what a study compares."""
    console = Console(highlight=False)
    runs = {run.folder for run in study.runs()}
    console.print(Text.assemble((study.name, "bold"), f"  {study.title}"))
    if study.description:
        console.print(Padding(Text(study.description), (0, 0, 1, 2)))
    seeds = ", ".join(map(str, study.seeds))
    every, episodes = study.evaluation.interval, study.evaluation.episodes
    rows = [
        ("Tasks", _tasks(study)),
        ("Seeds", seeds),
        ("Evaluation", f"every {every:,} steps; episodes of each kind: {episodes}"),
        ("Runs", f"{len(runs)}, in results/runs"),
        ("Results", f"results/{study.name}"),
    ]
    for label, text in rows:
        _row(console, label, text)
    console.print(Text("\nArms", style="bold"))
    for name in study.arms:
        _arm(console, study, name)


def _tasks(study: Study) -> str:
    return ", ".join(f"{task} ({study.budget(task):,} steps)" for task in study.tasks)


def _arm(console: Console, study: Study, name: str) -> None:
    arm = study.arms[name]
    console.print(Text.assemble((f"  {name}", "bold"), f"  {arm.label}"))
    _row(console, "    recipe", arm.recipe, 14)
    for key, value in arm.set.items():
        _row(console, "    set", f"{key}: {value}", 14)
    if arm.tasks:
        _row(console, "    tasks", ", ".join(study.tasks_of(name)), 14)
    if arm.seeds:
        _row(console, "    seeds", ", ".join(map(str, study.seeds_of(name))), 14)


def _row(console: Console, label: str, text: str, width: int = 12) -> None:
    row = Table.grid()
    row.add_column(width=width)
    row.add_column(overflow="fold")
    row.add_row(label, text)
    console.print(row)
