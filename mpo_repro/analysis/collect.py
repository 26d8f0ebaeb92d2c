"""Gathers a study's run folders into results/<study>/data.

Every planned run gets a row in `runs`, also one that gave nothing: its state and
reason say why. The same folders give the same bytes.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mpo_repro.analysis import checksums, run_folder, tables
from mpo_repro.config.run_spec import RunSpec
from mpo_repro.config.study import Study
from mpo_repro.config.whole import write_text

DESCRIPTION = "study.json"
# The files that have checksums: what figures, verdicts and pages are made from.
COVERED = (*(f"{name}.parquet" for name in tables.STUDY), DESCRIPTION)


@dataclass(frozen=True)
class Collected:
    """What `collect` found.

    Attributes:
      runs: the table `runs`, a row a planned run.
      files: what was written.
    """

    runs: pd.DataFrame
    files: tuple[Path, ...]

    @property
    def unusable(self) -> pd.DataFrame:
        """The planned runs that gave no rows, with state and reason."""
        return self.runs[self.runs["state"] != run_folder.FINISHED]

    @property
    def unverified(self) -> int:
        """How many finished runs are older than checksums."""
        return int((self.runs["verified"] == "no").sum())

    @property
    def finished(self) -> int:
        """How many planned runs gave rows."""
        return len(self.runs) - len(self.unusable)


def collect(study: Study, out: Path, root: Path = Path()) -> Collected:
    """Reads every run of a study and writes its tables.

    Args:
      study: the study.
      out: the study's results folder; tables go to <out>/data.
      root: the folder that holds `results/runs`.

    Returns:
      What was found and written.

    Raises:
      OSError: if the tables cannot be written.
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in tables.STUDY}
    for run in study.own_runs():
        names = {"study": study.name, "task": run.task, "arm": run.arm}
        names |= {"seed": run.seed}
        try:
            found = run_folder.read_run(
                root / run.folder, run.task, run.seed, run.hash, run.steps
            )
        except run_folder.UnusableRunError as error:
            row = _run_row(study, run, error.details, error.state, str(error))
        else:
            row = _run_row(study, run, found.details, run_folder.FINISHED, "")
            row["verified"] = "yes" if found.verified else "no"
            parts["curves"].append(found.curve.assign(**names))
            parts["diagnostics"].append(found.diagnostics.assign(**names))
            parts["timing"].append(found.timing.assign(**names))
        parts["runs"].append(pd.DataFrame([names | row]))
    made = {name: tables.assemble(name, part) for name, part in parts.items()}
    data = out / "data"
    files = [tables.write(table, name, data) for name, table in made.items()]
    files.append(write_description(study, data))
    # Last: what is cut off before it leaves tables that do not match, and says so.
    files.append(write_checksums(data))
    return Collected(made["runs"], tuple(files))


def write_checksums(data: Path) -> Path:
    """Writes the checksums of a study's tables and description; see `checksums`."""
    return checksums.write(data, COVERED)


def write_description(study: Study, data: Path) -> Path:
    """Writes what the study planned, so that the page needs nothing but its data.

    Args:
      study: the study.
      data: the folder of the tables.

    Returns:
      The path of study.json: the study as declared, with each arm's resolved recipe.
    """
    described = study.model_dump(mode="json")
    for name in study.arms:
        resolved = study.recipe(name).model_dump(mode="json")
        described["arms"][name]["resolved"] = resolved
    path = data / DESCRIPTION
    text = json.dumps(described, indent=1, ensure_ascii=False)
    write_text(path, text + "\n")
    return path


def _run_row(
    study: Study, run: RunSpec, details: dict, state: str, reason: str
) -> dict[str, object]:
    """Makes the row of `runs`; what run.json does not say is an empty string."""
    texts = ("ended", "backend", "commit", "changes", "python")
    return {
        "label": study.arms[run.arm].label,
        "hash": run.hash,
        "steps": run.steps,
        "state": state,
        "reason": reason,
        "verified": "",
        **{key: str(details.get(key) or "") for key in texts},
        "execution_path": _paths(details),
        "versions": _canonical(details.get("versions") or {}),
        "machine": _canonical(_machine(details.get("machine") or {})),
        "recipe": _canonical(details.get("recipe") or run.recipe.model_dump()),
    }


def _paths(details: dict) -> str:
    """Names the execution paths of a run, in turn: "compiled, then plain"."""
    changes = details.get("execution_changes") or []
    former = [str(change["from"]) for change in changes if "from" in change]
    return ", then ".join([*former, str(details.get("execution_path") or "")])


def _machine(machine: dict) -> dict:
    """Takes what may be published: a kernel's release can name a machine's host."""
    taken = {key: machine[key] for key in ("cpu", "cores") if key in machine}
    if "system" in machine:
        taken["system"] = str(machine["system"]).partition("-")[0]
    return taken


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
