"""A study of two short runs: who trains it, what was saved, what must come of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
TASK = "pendulum-swingup"
SEEDS = 0, 1
STUDY = """\
name: tiny
title: Tiny
tasks: [pendulum-swingup]
seeds: [0, 1]
steps: 6000
evaluation: {interval: 3000, episodes: 1}
arms:
  small:
    recipe: paper
    label: Small
    set: {policy.hidden: [8], critic.hidden: [8], data.initial_steps: 100}
"""
ENVIRONMENT = os.environ | {
    "OMP_NUM_THREADS": "1",
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}


def out() -> str:
    """The end of what the study's command has printed."""
    return Path("out").read_text("utf-8")[-5000:]


def wait_for(condition, seconds=180):
    """Waits until a function gives something; gives that."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, out()
        time.sleep(0.1)
    return found


def training() -> list[psutil.Process]:
    """Lists the processes that train here."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        line = process.info["cmdline"] or [""]
        here = process.info["cwd"] == str(Path.cwd())
        python = "python" in Path(line[0]).name and "snakemake" not in line
        if here and python and "train" in line:
            found.append(process)
    return found


def replay(folder: Path) -> dict[Path, int]:
    """When each part of a checkpoint's replay was written; none is written twice."""
    files = folder.glob("checkpoint/replay-*")
    return {path: path.stat().st_mtime_ns for path in files}


def quiet(seed: int) -> list[bytes]:
    """Trains a seed where nobody is in the way; gives its tables."""
    command = ["mpo-repro", "train", "--study", "tiny", "--arm", "small"]
    rest = ["--task", TASK, "--seed", str(seed), "--out", f"quiet/{seed}"]
    subprocess.run([*command, *rest], check=True, capture_output=True, env=ENVIRONMENT)
    return tables(Path("quiet", str(seed)))


def tables(folder: Path) -> list[bytes]:
    """The bytes of the tables that no clock enters."""
    names = "curve.parquet", "diagnostics.parquet"
    return [(folder / name).read_bytes() for name in names]
