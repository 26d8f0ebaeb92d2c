"""A dry run of Snakemake over a study of many runs."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from mpo_repro.benchmark.interleaved import ROOT
from mpo_repro.config.files import configs
from mpo_repro.environments import TASKS

NAME = "dry-run"
TASK_COUNT = 10


class DryRunError(RuntimeError):
    """Snakemake ended with an error."""


def benchmark(runs: int) -> dict:
    """Asks Snakemake what it would do for a study of so many runs.

    Args:
      runs: a multiple of TASK_COUNT, at most 10,000 times as many.

    Returns:
      `seconds` of the clock and `cpu_seconds` of the processor; the second does not
      depend on what else the machine does.

    Raises:
      DryRunError: with what Snakemake said.
    """
    with tempfile.TemporaryDirectory() as folder:
        _write_project(Path(folder), runs)
        start, before = time.perf_counter(), _cpu_seconds()
        _dry_run(Path(folder))
        seconds, cpu = time.perf_counter() - start, _cpu_seconds() - before
    return {"runs": runs, "seconds": seconds, "cpu_seconds": cpu}


def _write_project(folder: Path, runs: int) -> None:
    """Makes a project with the recipes at hand and one study."""
    (folder / "paper_configs").mkdir()
    for kind in ("recipes", "schema"):
        (folder / "paper_configs" / kind).symlink_to((configs() / kind).resolve())
    errata = (configs() / "errata.yaml").resolve()
    (folder / "paper_configs" / "errata.yaml").symlink_to(errata)
    study = {
        "name": NAME,
        "title": "Dry run",
        "tasks": list(TASKS[:TASK_COUNT]),
        "seeds": list(range(runs // TASK_COUNT)),
        "steps": 1_000_000,
        "evaluation": {"interval": 100_000, "episodes": 10},
        "arms": {"paper": {"recipe": "paper", "label": "Paper"}},
    }
    path = folder / "paper_configs" / "studies" / f"{NAME}.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(study), encoding="utf-8")


def _dry_run(folder: Path) -> None:
    command = [sys.executable, "-m", "snakemake", "-n"]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--config", f"study={NAME}"]
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    if done.returncode:
        raise DryRunError(done.stderr)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
