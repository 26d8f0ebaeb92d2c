"""Films of the best runs: clips/<task>.gif of a study, shown in its page.

Run folders do not belong to a study's results, so that the page cannot make films; it
names the command that does, and shows those that are there.
"""

import base64
from pathlib import Path

import pandas as pd

from mpo_repro.analysis.results import Results
from mpo_repro.analysis.run_folder import FINISHED

FOLDER = "clips"
LARGEST = 1_000_000  # bytes of a film inside the page; a larger one is linked


def section(results: Results, place: str) -> list[dict]:
    """Gathers what the page shows of films.

    Args:
      results: the study's results.
      place: the study's folder as a reader of the repository names it.

    Returns:
      Of each task with a film: task, label, seed and score of its best run, the
      film's path, uri (None if it is too large for the page) and command.
    """
    best = best_runs(results)
    return [
        _film(results, best.loc[task], place)
        for task in results.tasks
        if (results.folder / path(task)).is_file()
    ]


def path(task: str) -> str:
    """Says where a task's film lies, relative to the study's folder."""
    return f"{FOLDER}/{task}.gif"


def best_runs(results: Results) -> pd.DataFrame:
    """Finds the run of each task with the highest final score.

    The mean action's score counts, which is what a film shows; that of sampled actions
    where the study has no other. Of equal runs the study's first is taken.

    Returns:
      arm, seed, score, hash, indexed by task.
    """
    kind = "mean" if (results.curves["kind"] == "mean").any() else "sampled"
    finished = results.runs[results.runs["state"] == FINISHED]
    scores = results.final_scores(kind)[["task", "arm", "seed", "score"]]
    table = scores.merge(finished[["task", "arm", "seed", "hash"]])
    ranks = {arm: rank for rank, arm in enumerate(results.labels)}
    table = table.assign(rank=table["arm"].map(ranks), loss=-table["score"])
    table = table.sort_values(["task", "loss", "rank", "seed"])
    return table.groupby("task").first()[["arm", "seed", "score", "hash"]]


def command(results: Results, task: str, place: str) -> str | None:
    """Says which command films the best run of a task; None without such a run."""
    best = best_runs(results)
    if task not in best.index:
        return None
    run = best.loc[task]
    folder = f"results/runs/{task}/{run['hash']}/seed-{run['seed']}"
    return f"mpo-repro video {folder} --out {place}/{FOLDER}/{task}"


def _film(results: Results, run: pd.Series, place: str) -> dict:
    task = run.name
    file = results.folder / path(task)
    return {
        "task": task,
        "label": results.labels[run["arm"]],
        "seed": int(run["seed"]),
        "score": f"{run['score']:.0f}",
        "path": path(task),
        "uri": _uri(file) if file.stat().st_size <= LARGEST else None,
        "command": command(results, task, place),
    }


def _uri(file: Path) -> str:
    return "data:image/gif;base64," + base64.b64encode(file.read_bytes()).decode()
