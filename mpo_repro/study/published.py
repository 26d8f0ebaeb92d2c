"""Run folders out of published tables, so that a study goes on where it was published.

`collect` makes tables of run folders; this is the way back, for results of which only
the tables are left: `reports/<study>` in a checkout on another machine. What it writes
gives `collect` the same tables. Its runs cannot be trained further, as they have no
checkpoint: a longer budget starts them anew.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from mpo_repro.analysis import results
from mpo_repro.analysis.run_folder import FINISHED, MAPPINGS
from mpo_repro.analysis.scores import RUN
from mpo_repro.config.run_spec import RUNS
from mpo_repro.runs import layout, marking
from mpo_repro.runs.reading import UNVERIFIED
from mpo_repro.runs.sealed import write_sealed
from mpo_repro.runs.tables import TABLES
from mpo_repro.training import run_folder

TEXTS = ("ended", "backend", "execution_path", "commit", "changes", "python")


def restore(published: Iterable[Path], root: Path = Path()) -> tuple[int, int]:
    """Writes the run folders of published studies and of their parts.

    A folder that is there is left as it is. Runs that did not finish are not restored;
    of one that several studies, parts or arms share, the longest is.

    Args:
      published: folders like reports/<study> or results/<study>.
      root: the folder that gets results/runs.

    Returns:
      How many runs were written, and how many have finished in all.

    Raises:
      FileNotFoundError: if nothing was collected in one of them.
      ValueError: if one of its tables cannot be read.
    """
    folders = [one for folder in published for one in (folder, *results.parts(folder))]
    found = [pair for one in folders for pair in _finished(results.load(one))]
    longest: dict[Path, tuple] = {}
    for row, tables in sorted(found, key=lambda pair: pair[0]["steps"]):
        longest[RUNS / row["task"] / row["hash"] / f"seed-{row['seed']}"] = row, tables
    new = {folder: pair for folder, pair in longest.items() if not _is(root / folder)}
    for folder, (row, tables) in new.items():
        _write(root / folder, row, tables)
    return len(new), len(longest)


def _is(folder: Path) -> bool:
    """Says whether a run folder holds a run, finished or not."""
    return (folder / layout.RUN).exists()


def _finished(loaded: results.Results) -> Iterator[tuple[dict, dict]]:
    """Lists the finished runs: the row of `runs`, and the run's tables."""
    groups = {
        name: dict(list(getattr(loaded, source).groupby(RUN)))
        for name, source in (
            ("curve", "curves"),
            ("diagnostics", "diagnostics"),
            ("timing", "timing"),
        )
    }
    rows = loaded.runs[loaded.runs["state"] == FINISHED]
    for row in rows.to_dict("records"):
        key = tuple(row[name] for name in RUN)
        yield row, {name: group.get(key) for name, group in groups.items()}


def _write(folder: Path, row: dict, tables: dict[str, pd.DataFrame | None]) -> None:
    """Writes one run folder; its markers, which say that all is there, last.

    There is one wherever the run was evaluated, for studies with a shorter budget.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = {}
    for name, columns in TABLES.items():
        table = tables[name]
        rows[name] = [] if table is None else _tuples(table[list(columns)])
    run_folder.write_tables(folder, rows)
    about = {key: row[key] for key in ("task", "seed", "hash", "steps")}
    details = about | {key: row[key] or None for key in TEXTS}
    details |= {key: json.loads(row[key]) for key in MAPPINGS}
    if row["verified"] != "yes":
        details[UNVERIFIED] = True
    write_sealed(folder / layout.RUN, details)
    budgets = sorted(_evaluated(tables["curve"]) | {row["steps"]})
    marking.write_markers(folder, budgets, row["hash"], row["seed"])


def _evaluated(curve: pd.DataFrame) -> set[int]:
    steps = curve.loc[curve["kind"] == "sampled", "environment_steps"]
    return set(steps.tolist())


def _tuples(table: pd.DataFrame) -> list[tuple]:
    return list(table.itertuples(index=False, name=None))
