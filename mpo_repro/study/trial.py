"""A plan put to the test: what a study was said to take, and what it then takes."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mpo_repro.config.files import configs
from mpo_repro.study import calibration, snakemake
from mpo_repro.study.opening import open_study
from mpo_repro.study.plan import forecast


class TrialError(RuntimeError):
    """Snakemake ended with an error."""


def benchmark(study: str, cores: int) -> dict:
    """Measures the machine, predicts a study, and makes it from nothing.

    The study is made in a folder of its own, and the compiler's cache is empty, as for
    somebody who has just come. Where training ends and the report begins is told by
    the runs' markers.

    Args:
      study: a name in paper_configs/studies.
      cores: jobs at a time.

    Returns:
      `runs`; `planned_seconds` of training; `trained_seconds` until the last run had
      ended and `seconds` of all, the report included; `ratio`, planned to trained.

    Raises:
      TrialError: with what Snakemake said.
      CalibrationError: if the machine cannot be measured.
    """
    opened = open_study(study)
    machine = calibration.measure(calibration.tasks_of(opened))
    planned = forecast(opened, machine, cores)
    with tempfile.TemporaryDirectory() as folder:
        began, start = time.time(), time.perf_counter()
        _make(study, cores, Path(folder))
        seconds = time.perf_counter() - start
        markers = [Path(folder) / run.marker for run in opened.runs()]
        trained = max(marker.stat().st_mtime for marker in markers) - began
    return summarise(planned.runs, planned.wall_hours * 3600, trained, seconds)


def summarise(runs: int, planned: float, trained: float, seconds: float) -> dict:
    """Puts a plan beside what was taken; see `benchmark`."""
    return {
        "runs": runs,
        "planned_seconds": planned,
        "trained_seconds": trained,
        "seconds": seconds,
        "ratio": planned / trained,
    }


def _make(study: str, cores: int, folder: Path) -> None:
    (folder / "paper_configs").symlink_to(configs().resolve())
    words = snakemake.command(study, str(cores), ["--directory", str(folder)])
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "compiled"),
    }
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise TrialError(done.stderr)
